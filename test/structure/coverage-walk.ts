import { auditCoverage, operations } from '@rogatory/access';
import type { RunningServer } from '@rogatory/api';
import type { GraphQLSchema } from 'graphql';

/** What of a server can be asked for without a row in the policy table, or without one that says what it leaves on record. */
export function unaccounted(schema: GraphQLSchema, routes: RunningServer['routes']): readonly string[] {
  const roots = { query: schema.getQueryType(), mutation: schema.getMutationType() };
  const types = Object.entries({ ...roots, subscription: schema.getSubscriptionType() });
  const fields = types.flatMap(([kind, type]) => Object.keys(type?.getFields() ?? {}).map((name) => `${kind}.${name}`));
  const named = routes.flatMap(({ operation, url }) => (url === '/graphql' ? [] : [operation ?? `route at ${url}`]));
  const isAccounted = (name: string) => Object.hasOwn(operations, name) && Object.hasOwn(auditCoverage, name);
  return [...fields, ...named].filter((name) => !isAccounted(name));
}
