import { describe, expect, it } from '@jest/globals';
import { limits } from '@rogatory/kernel';
import { GraphQLError } from 'graphql';
import { parseBounded } from './document-limits.js';

function codeOf(text: string): unknown {
  try {
    parseBounded(text);
  } catch (error) {
    return error instanceof GraphQLError ? error.extensions['code'] : error;
  }
  return undefined;
}

const nested = (depth: number): string => '{ a '.repeat(depth).replace(/ $/, '') + ' }'.repeat(depth);

describe('parseBounded', () => {
  it('reads one operation with one root field', () => {
    expect(parseBounded('query Q { whoAmI { deviceId } }').rootField).toBe('whoAmI');
    expect(parseBounded('mutation { logout }').operation.operation).toBe('mutation');
  });

  it.each([
    ['two operations', 'query A { a } query B { b }'],
    ['two root fields', '{ a b }'],
    ['a root field in a fragment', 'query { ...F } fragment F on Query { a }'],
    ['an aliased batch', '{ a: login b: login }'],
    ['no operation', 'fragment F on Query { a }'],
    ['no GraphQL', '{'],
    ['a fragment that is not there', '{ a { ...Nowhere } }'],
    ['a circle of fragments', '{ a { ...F } } fragment F on A { b { ...G } } fragment G on A { c { ...F } }'],
    ['more tokens than a document may have', `{ a { ${'b '.repeat(limits.maxQueryTokens)} } }`],
  ])('refuses %s', (_name, text) => {
    expect(codeOf(text)).toBe('request/invalid');
  });

  it.each([
    ['depth', nested(limits.maxQueryDepth + 1)],
    ['aliases', `{ a { ${Array.from({ length: limits.maxQueryAliases + 1 }, (_, i) => `x${i}: b`).join(' ')} } }`],
    ['directives', `{ a { b ${'@skip '.repeat(limits.maxQueryDirectives + 1)} } }`],
  ])('refuses too much %s', (_name, text) => {
    expect(codeOf(text)).toBe('request/too-complex');
  });

  it('counts fields with fragments expanded, before it expands them all', () => {
    const chain = Array.from({ length: 20 }, (_, i) => `fragment F${i} on A { ...F${i + 1} ...F${i + 1} }`).join(' ');
    expect(codeOf(`{ a { ...F0 } } ${chain} fragment F20 on A { b }`)).toBe('request/too-complex');
  });

  it('admits a document at the depth limit', () => {
    expect(codeOf(nested(limits.maxQueryDepth))).toBeUndefined();
  });
});
