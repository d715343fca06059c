import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RogatoryError } from '@rogatory/kernel';
import { contractMigrations } from './database.contract.js';
import type { Database } from './database.js';
import type { Migration } from './migration.js';
import { openDatabase } from './open-database.js';
import {
  administrate,
  createScratchDatabase,
  type ScratchDatabase,
  testPostgresUrl,
  testPrincipal,
  withDatabase,
} from './testing.js';

const server = testPostgresUrl();
const ANN = testPrincipal(1);
const KILL_OTHERS = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid()`;
const onPostgres = server === undefined ? describe.skip : describe;

onPostgres('a PostgreSQL server (skipped without one)', () => {
  let scratch: ScratchDatabase;
  let database: Database;
  beforeAll(async () => {
    scratch = await createScratchDatabase(server ?? '', contractMigrations);
    database = await openDatabase({ kind: 'postgres', url: scratch.url, poolSize: 4, migrations: contractMigrations });
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await scratch.drop();
  });

  const insert = (id: string) => `INSERT INTO notes (id) VALUES ('${id}')`;
  const countNotes = () =>
    database.read(ANN, (reader) => reader.queryOne('SELECT count(*) AS n FROM notes', [], (row) => row.integer('n')));

  it('whose commits a crash may lose is refused where they have to last', async () => {
    const way = { kind: 'postgres', url: scratch.url, poolSize: 1, migrations: contractMigrations } as const;
    const unsafe = await database.read(ANN, (reader) =>
      reader.queryRows(
        "SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off' ORDER BY name",
        [],
        (row) => row.text('name'),
      ),
    );
    const told = await openDatabase({ ...way, requiresDurability: true }).then(
      (opened) => opened.close(),
      ({ code, details }: RogatoryError) => [code, details['settings']],
    );
    expect(told).toEqual(unsafe.length === 0 ? undefined : ['database/not-durable', unsafe.join(' ')]);
  });

  it('F08: that loses a connection inside a transaction costs this transaction only', async () => {
    const lost = database.writeUnaudited(
      ANN,
      async (writer) => {
        await writer.execute(insert('lost-1'), []);
        await administrate(scratch.url, KILL_OTHERS);
        await writer.execute(insert('lost-2'), []);
      },
      { reason: 'testing/fixture' },
    );
    await expect(lost).rejects.toMatchObject({ family: 'unavailable', code: 'database/unavailable', retryable: true });
    expect(await countNotes()).toBe(0);
  });

  it('F02: that dies before it answers a commit leaves the outcome unknown, and says so', async () => {
    const unknown = database.writeUnaudited(
      ANN,
      async (writer) => {
        await writer.execute(insert('unknown-1'), []);
        await administrate(scratch.url, KILL_OTHERS);
      },
      { reason: 'testing/fixture' },
    );
    await expect(unknown).rejects.toMatchObject({ family: 'unavailable', code: 'database/commit-unknown' });
    expect(await countNotes()).toBe(0);
  });

  it('F11: whose migration is cut off at any step keeps nothing of it, and the next start completes it', async () => {
    const steps = contractMigrations.map((migration, step) => ({ migration, step }));
    for (const { step } of steps) {
      const empty = await createScratchDatabase(server ?? '', []);
      try {
        const cut = contractMigrations.map((migration, at) => (at === step ? cutOffAfter(migration) : migration));
        const way = { kind: 'postgres', url: empty.url, poolSize: 1 } as const;
        await expect(openDatabase({ ...way, migrations: cut })).rejects.toMatchObject({ family: 'unavailable' });
        const opened = await openDatabase({ ...way, migrations: contractMigrations });
        expect(opened.migrated).toEqual(contractMigrations.map(({ name }) => name));
        await opened.close();
        const again = await openDatabase({ ...way, migrations: contractMigrations });
        expect(again.migrated).toEqual([]);
        await again.close();
      } finally {
        await empty.drop();
      }
    }
    expect(steps.length).toBeGreaterThan(0);
  });

  it('F08: is held to the time limit of a statement', async () => {
    const hasty = await openDatabase({
      kind: 'postgres',
      url: scratch.url,
      poolSize: 1,
      migrations: contractMigrations,
      statementMs: 50,
    });
    const slow = hasty.read(ANN, (reader) => reader.queryRows('SELECT pg_sleep(10)', [], () => 1));
    await expect(slow).rejects.toMatchObject({ family: 'unavailable', code: 'database/timeout' });
    await hasty.close();
  });

  it('waits for the disk at a commit, whatever the default of the server', async () => {
    const off = "EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database())";
    await administrate(scratch.url, `DO $$ BEGIN ${off}; END $$`);
    const own = await openDatabase({ kind: 'postgres', url: scratch.url, poolSize: 1, migrations: contractMigrations });
    const shown = await own.read(ANN, (reader) =>
      reader.queryRows('SHOW synchronous_commit', [], (row) => row.text('synchronous_commit')),
    );
    await own.close();
    expect(shown).toEqual(['on']);
  });

  it('gives a connection no more rights outside a transaction than the application has', async () => {
    const url = new URL(scratch.url);
    url.searchParams.set('options', '-c role=rogatory_app');
    await expect(administrate(url.href, 'DELETE FROM records')).rejects.toMatchObject({ code: '42501' });
  });

  it('is migrated by an owner, and served by a lesser user who owns nothing', async () => {
    const name = `owned_${process.pid}_${Date.now()}`;
    await administrate(
      server ?? '',
      `CREATE ROLE ${name}_owner LOGIN CREATEROLE`,
      `CREATE ROLE ${name}_server LOGIN`,
      `GRANT rogatory_app, rogatory_sequencer TO ${name}_server`,
      `GRANT rogatory_app, rogatory_sequencer TO ${name}_owner WITH ADMIN OPTION`,
      `CREATE DATABASE ${name} OWNER ${name}_owner`,
    );
    const as = (user: string): string => {
      const url = new URL(withDatabase(server ?? '', name));
      url.username = user;
      return url.href;
    };
    const owned = await openDatabase({
      kind: 'postgres',
      url: as(`${name}_server`),
      migrationUrl: as(`${name}_owner`),
      poolSize: 1,
      migrations: contractMigrations,
    });
    await owned.writeUnaudited(ANN, (writer) => writer.execute(insert('owned-1'), []), { reason: 'testing/fixture' });
    const who = await owned.read(ANN, (reader) =>
      reader.queryOne(
        'SELECT session_user::text AS session, current_user::text AS role, count(*) AS n FROM notes',
        [],
        (row) => [row.text('session'), row.text('role'), row.integer('n')],
      ),
    );
    expect(who).toEqual([`${name}_server`, 'rogatory_app', 1]);
    await owned.close();
    await administrate(server ?? '', `DROP DATABASE ${name}`, `DROP ROLE ${name}_server`, `DROP ROLE ${name}_owner`);
  });
});

describe('a PostgreSQL server that is not there', () => {
  it('is unavailable, with no word of the driver', async () => {
    const nowhere = openDatabase({ kind: 'postgres', url: 'postgres://u@127.0.0.1:1/none', migrations: [] });
    await expect(nowhere).rejects.toMatchObject({
      family: 'unavailable',
      code: 'database/unavailable',
      details: { reason: 'ECONNREFUSED' },
    });
  });
});

/** The same migration under the same name, whose connection is cut once its statements ran. */
function cutOffAfter(migration: Migration): Migration {
  const cut = class extends migration {
    override async up(...args: Parameters<InstanceType<Migration>['up']>): Promise<void> {
      await super.up(...args);
      await args[0].query('SELECT pg_terminate_backend(pg_backend_pid())');
    }
  };
  Object.defineProperty(cut, 'name', { value: migration.name });
  return cut;
}
