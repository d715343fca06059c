import { createHash, randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Migration } from '../migration.js';
import { openDatabase } from '../open-database.js';

/** The server of this test run, or undefined when there is none. */
export function testPostgresUrl(): string | undefined {
  const url = process.env.ROGATORY_TEST_POSTGRES_URL;
  return url === undefined || url === '' || url === 'none' ? undefined : url;
}

/** The same server, another database. */
export function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

/** Runs statements one by one outside transactions, as the server's administrator. */
export async function administrate(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** A migrated database that others are copied from; made once per test run and list of migrations. */
async function templateOf(url: string, migrations: readonly Migration[]): Promise<string> {
  const text = migrations.map((migration) => Function.prototype.toString.call(migration)).join('\n');
  // The run is part of the name, because a migration may use SQL that does not show in the text of its class.
  const run = process.env.ROGATORY_TEST_RUN ?? 'alone';
  const name = `template_${run}_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock(hashtext($1))', [name]);
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) {
      const draft = `draft_${randomUUID().replaceAll('-', '')}`;
      await client.query(`CREATE DATABASE ${draft}`);
      const database = await openDatabase({ kind: 'postgres', url: withDatabase(url, draft), poolSize: 1, migrations });
      await database.close();
      await client.query(`ALTER DATABASE ${draft} RENAME TO ${name}`);
    }
  } finally {
    await client.end();
  }
  return name;
}

/** A fresh database with these migrations. */
export interface ScratchDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

export async function createScratchDatabase(url: string, migrations: readonly Migration[]): Promise<ScratchDatabase> {
  const template = await templateOf(url, migrations);
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await administrate(url, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  return {
    url: withDatabase(url, name),
    drop: () => administrate(url, `DROP DATABASE ${name} WITH (FORCE)`),
  };
}
