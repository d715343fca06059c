import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { operations } from '@rogatory/client';
import {
  buildSchema,
  type GraphQLNamedType,
  isInputObjectType,
  isIntrospectionType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';
import { unwrittenChanges } from '../../tools/generators/schema.mjs';

const root = join(import.meta.dirname, '../..');
const text = readFileSync(join(root, 'schema.graphql'), 'utf8');
const schema = buildSchema(text);
const rootTypes = new Set(['Query', 'Mutation', 'Subscription']);

/** What a reader of the schema finds no word about. */
function undescribed(type: GraphQLNamedType): string[] {
  const missing = type.description || rootTypes.has(type.name) ? [] : [type.name];
  if (isInputObjectType(type)) {
    for (const field of Object.values(type.getFields()))
      if (!field.description) missing.push(`${type.name}.${field.name}`);
  }
  if (isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      if (!field.description) missing.push(`${type.name}.${field.name}`);
      for (const arg of field.args) if (!arg.description) missing.push(`${type.name}.${field.name}(${arg.name})`);
    }
  }
  return missing;
}

describe('schema.graphql', () => {
  it('says something about every type, field and argument', () => {
    const own = Object.values(schema.getTypeMap()).filter(
      (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
    );
    expect(own.length).toBeGreaterThan(30);
    expect(own.flatMap(undescribed)).toEqual([]);
  });

  it('would be found out by this test', () => {
    const bare = buildSchema('type Query { a(b: Int): Int }\ninput C { d: Int }');
    const found = Object.values(bare.getTypeMap()).filter(
      (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
    );
    expect(found.flatMap(undescribed)).toEqual(['Query.a', 'Query.a(b)', 'C', 'C.d']);
  });

  it('is used whole: each root field has a trusted document', () => {
    const fields = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap((type) =>
      Object.keys(type?.getFields() ?? {}),
    );
    const named = Object.entries(operations).flatMap(([, operation]) => [operation.rootField]);
    expect(named.sort()).toEqual(fields.sort());
  });
});

describe('a change of the schema that breaks clients', () => {
  const before = buildSchema('type Query { a: Int b: Int }');
  const now = buildSchema('type Query { a: String c: Int }');

  it('stops the generator until it is written down', () => {
    expect(unwrittenChanges(before, now, '# Changes\n')).toEqual([
      'Query.b was removed.',
      'Query.a changed type from Int to String.',
    ]);
    const written = '# Changes\n- Query.b was removed.\n- Query.a changed type from Int to String.\n';
    expect(unwrittenChanges(before, now, written)).toEqual([]);
    expect(unwrittenChanges(now, now, '')).toEqual([]);
  });
});
