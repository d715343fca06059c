import { afterAll, beforeAll, describe } from '@jest/globals';
import { UsageError } from '@rogatory/kernel';
import type { AuditRecorder, Database } from '../database.js';
import { buildBaseSnapshot } from '../embedded/base-snapshot.js';
import type { Migration } from '../migration.js';
import { openDatabase } from '../open-database.js';
import { createScratchDatabase, testPostgresUrl } from './scratch-postgres.js';

/** What a suite gets on each engine. Its methods work inside tests and hooks, not while the suite is declared. */
export interface TestEngine {
  readonly engine: Database['engine'];
  /** The suite's own database, migrated and empty. */
  database(): Database;
  /** The database's one audit recorder, for suites that do without the audit feature. Claims it at the first call. */
  recorder(): AuditRecorder;
}

export interface EachEngineOptions {
  readonly migrations: readonly Migration[];
}

const START_TIMEOUT_MS = 60_000;

interface Opened {
  readonly database: Database;
  drop(): Promise<void>;
}

async function openEmbedded(migrations: readonly Migration[]): Promise<Opened> {
  await buildBaseSnapshot();
  const database = await openDatabase({ kind: 'embedded-memory', migrations, refusesNesting: true });
  return { database, drop: async () => undefined };
}

async function openPostgres(migrations: readonly Migration[]): Promise<Opened> {
  const server = testPostgresUrl();
  if (server === undefined) throw new UsageError('testing/no-postgres', 'no PostgreSQL server in this test run');
  const scratch = await createScratchDatabase(server, migrations);
  const database = await openDatabase({ kind: 'postgres', url: scratch.url, migrations, refusesNesting: true });
  return { database, drop: () => scratch.drop() };
}

function suiteOn(engine: Database['engine'], open: () => Promise<Opened>, suite: (at: TestEngine) => void): void {
  let opened: Opened | undefined;
  let recorder: AuditRecorder | undefined;
  const database = (): Database => {
    if (opened === undefined)
      throw new UsageError('testing/too-early', 'the database exists inside tests and hooks only');
    return opened.database;
  };
  beforeAll(async () => {
    opened = await open();
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await opened?.database.close();
    await opened?.drop();
  }, START_TIMEOUT_MS);
  suite({
    engine,
    database,
    recorder: () => {
      recorder ??= database().claimAuditRecorder();
      return recorder;
    },
  });
}

/**
 * Declares a suite once per engine, each with a database of its own. Without a PostgreSQL server the suite is shown as
 * skipped there, with the reason in its name.
 */
export function eachEngine(name: string, { migrations }: EachEngineOptions, suite: (at: TestEngine) => void): void {
  describe(`${name} (embedded)`, () => suiteOn('embedded', () => openEmbedded(migrations), suite));
  if (testPostgresUrl() === undefined) {
    describe.skip(`${name} (postgres: skipped, no server and no local binaries found)`, () =>
      suiteOn('postgres', () => openPostgres(migrations), suite));
    return;
  }
  describe(`${name} (postgres)`, () => suiteOn('postgres', () => openPostgres(migrations), suite));
}
