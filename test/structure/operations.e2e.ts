import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { auditCoverage, operations, ruleOf, type Operation } from '@rogatory/access';
import { operationOf } from '@rogatory/access/nest';
import { auditEvents } from '@rogatory/protocol';
import { TypeMetadataStorage } from '@nestjs/graphql';
import {
  buildSchema,
  extendSchema,
  type GraphQLObjectType,
  lexicographicSortSchema,
  parse,
  printSchema,
} from 'graphql';
import { builtWeb } from '../world/built-web.js';
import { onEmbedded } from '../world/engines.js';
import { World } from '../world/world.js';
import { unaccounted } from './coverage-walk.js';

const root = join(import.meta.dirname, '../..');
const table = Object.keys(operations) as Operation[];
const inTable = (prefix: string) => table.filter((name) => name.startsWith(prefix)).sort();

/** Codes that no operation of the table leaves: the service's own work, and refusals. */
const withoutOperation = [
  ...['authz.denied', 'auth.session.revoke', 'directory.import', 'doc.orphan.delete'],
  ...['system.start', 'system.stop', 'system.migrate', 'system.job'],
  ...['log.epoch', 'log.fsck', 'log.recovery'],
  ...['audit.erase.retention', 'audit.erase.month', 'log.genesis', 'log.shard.close'],
];

describe('a started server', () => {
  let world: World;
  let warnings: string[];
  const warned = (warning: Error): void => void warnings.push(`${warning.name}: ${warning.message}`);

  beforeAll(async () => {
    warnings = [];
    process.on('warning', warned);
    world = await World.start(await onEmbedded(), { web: builtWeb(), browserDevicesEach: 1 });
  }, 60_000);
  afterAll(async () => {
    process.off('warning', warned);
    await world.stop();
  });

  it('starts without a warning', () => {
    expect(warnings.filter((warning) => !warning.startsWith('ExperimentalWarning'))).toEqual([]);
  });

  it('serves the schema that is kept in the repository', () => {
    const kept = buildSchema(readFileSync(join(root, 'schema.graphql'), 'utf8'));
    expect(printSchema(lexicographicSortSchema(world.server.schema))).toBe(printSchema(lexicographicSortSchema(kept)));
  });

  it('T23: has a line of the policy for each root field, and a root field for each line', () => {
    const { schema } = world.server;
    const fieldsOf = (type: GraphQLObjectType | null | undefined, prefix: string) =>
      Object.keys(type?.getFields() ?? {})
        .map((field) => `${prefix}${field}`)
        .sort();
    expect(fieldsOf(schema.getQueryType(), 'query.')).toEqual(inTable('query.'));
    expect(fieldsOf(schema.getMutationType(), 'mutation.')).toEqual(inTable('mutation.'));
    expect(fieldsOf(schema.getSubscriptionType(), 'subscription.')).toEqual(inTable('subscription.'));
  });

  it('T23: finds whatever could be asked for without leaving a record', () => {
    const { schema, routes } = world.server;
    expect(unaccounted(schema, routes)).toEqual([]);
    const words = 'extend type Query { everyRecord: String } extend type Mutation { forget: Int }';
    expect(unaccounted(extendSchema(schema, parse(words)), routes)).toEqual(['query.everyRecord', 'mutation.forget']);
    const [route] = routes;
    if (route === undefined) throw new Error('no routes');
    const { operation: _, ...dump } = { ...route, url: '/dump' };
    expect(unaccounted(schema, [...routes, dump])).toEqual(['route at /dump']);
  });

  it('guards each resolver by the line of its own name', () => {
    const guarded = [
      ...TypeMetadataStorage.getQueriesMetadata().map((handler) => ({ handler, kind: 'query' })),
      ...TypeMetadataStorage.getMutationsMetadata().map((handler) => ({ handler, kind: 'mutation' })),
      ...TypeMetadataStorage.getSubscriptionsMetadata().map((handler) => ({ handler, kind: 'subscription' })),
    ];
    const named = guarded.map(({ handler: { target, methodName, schemaName }, kind }) => {
      const method: unknown = Reflect.get(Object(Reflect.get(target, 'prototype')), methodName);
      return [`${kind}.${schemaName}`, typeof method === 'function' ? operationOf(method) : undefined];
    });
    expect(named.filter(([field, operation]) => field !== operation)).toEqual([]);
    const rootFields = table.filter((name) => !name.startsWith('route.'));
    expect(new Set(named.map(([field]) => field))).toEqual(new Set<string>(rootFields));
  });

  it('answers at GraphQL and at the routes of the policy, nowhere else', () => {
    const { routes } = world.server;
    const named = new Set(routes.flatMap(({ operation }) => operation ?? []));
    expect([...named].sort()).toEqual(inTable('route.'));
    const others = routes.filter(({ operation }) => operation === undefined);
    expect(new Set(others.map(({ url }) => url))).toEqual(new Set(['/graphql']));
  });
});

describe('the audit coverage of the policy table', () => {
  it('accounts for every operation, and for every event of the registry', () => {
    expect(Object.keys(auditCoverage).sort()).toEqual(table.sort());
    const left = Object.values(auditCoverage).flatMap((coverage) =>
      coverage.kind === 'events' ? coverage.events : [],
    );
    expect([...new Set([...left, ...withoutOperation])].sort()).toEqual(Object.keys(auditEvents).sort());
  });

  it('lets only what is public, or part of a recorded act, go without a record', () => {
    const exempt = table.filter((name) => auditCoverage[name].kind === 'none');
    expect(exempt.filter((name) => ruleOf(name).kind !== 'public')).toEqual(['route.putUploadPart']);
  });
});
