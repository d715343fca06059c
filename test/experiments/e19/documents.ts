import {
  getNamedType,
  type GraphQLField,
  type GraphQLOutputType,
  type GraphQLSchema,
  isObjectType,
  isUnionType,
  type GraphQLObjectType,
} from 'graphql';
import type { Document } from './channel.js';

/** A document that asks for a root field with every argument and every field below it, made of the schema alone. */
export function wholeDocument(
  schema: GraphQLSchema,
  operation: string,
): { document: Document; fields: readonly string[] } {
  const [kind = '', name = ''] = operation.split('.');
  const field = rootTypeOf(schema, kind)?.getFields()[name];
  if (field === undefined) throw new Error(`no such root field: ${operation}`);
  const fields: string[] = [];
  const selection = selectionOf(schema, field.type, fields);
  const query = `${kind} Whole${declared(field)} { ${name}${given(field)} ${selection} }`;
  return { document: { query }, fields };
}

/** Every root field of the schema, such as `query.case`. */
export function rootFields(schema: GraphQLSchema): string[] {
  return ['query', 'mutation', 'subscription'].flatMap((kind) =>
    Object.keys(rootTypeOf(schema, kind)?.getFields() ?? {}).map((name) => `${kind}.${name}`),
  );
}

function rootTypeOf(schema: GraphQLSchema, kind: string): GraphQLObjectType | null | undefined {
  if (kind === 'query') return schema.getQueryType();
  return kind === 'mutation' ? schema.getMutationType() : schema.getSubscriptionType();
}

function declared({ args }: GraphQLField<unknown, unknown>): string {
  const all = args.map(({ name, type }) => `$${name}: ${String(type)}`);
  return all.length === 0 ? '' : `(${all.join(', ')})`;
}

function given({ args }: GraphQLField<unknown, unknown>): string {
  const all = args.map(({ name }) => `${name}: $${name}`);
  return all.length === 0 ? '' : `(${all.join(', ')})`;
}

function selectionOf(schema: GraphQLSchema, type: GraphQLOutputType, fields: string[]): string {
  const named = getNamedType(type);
  if (isUnionType(named)) {
    const parts = schema
      .getPossibleTypes(named)
      .map((member) => `... on ${member.name} ${fieldsOf(schema, member, fields)}`);
    return `{ __typename ${parts.join(' ')} }`;
  }
  return isObjectType(named) ? fieldsOf(schema, named, fields) : '';
}

function fieldsOf(schema: GraphQLSchema, type: GraphQLObjectType, fields: string[]): string {
  const all = Object.values(type.getFields()).map((field) => {
    fields.push(`${type.name}.${field.name}`);
    // A record holds records (the notes on it): those are asked for by name alone, or a document would have no end.
    const within = getNamedType(field.type) === type ? '{ __typename }' : selectionOf(schema, field.type, fields);
    return `${field.name} ${within}`;
  });
  return `{ ${all.join(' ')} }`;
}
