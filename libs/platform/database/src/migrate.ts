import { InternalError, UnavailableError } from '@rogatory/kernel';
import pg from 'pg';
import { databaseError } from './database-errors.js';
import type { ConnectionSettings, Migration } from './migration.js';

/**
 * Runs what has not run yet, all in one transaction, and tells the names of what ran. TypeORM, which runs them, is loaded only when there is something to
 * run: it costs a third of a later start.
 * @throws UnavailableError `database/newer-schema` when the database was migrated by a newer program, `database/older-schema`
 * when something is to run and may not.
 */
export async function migrate(
  settings: ConnectionSettings,
  known: readonly Migration[],
  refusesMigrations = false,
): Promise<readonly string[]> {
  assertNamed(known);
  const executed = await executedMigrations(settings);
  const names = new Set(known.map(({ name }) => name));
  const stranger = executed.find((name) => !names.has(name));
  if (stranger !== undefined) {
    throw new UnavailableError('database/newer-schema', 'the database was used by a newer version of the program', {
      details: { migration: stranger },
      retryable: false,
    });
  }
  const due = known.map(({ name }) => name).filter((name) => !executed.includes(name));
  if (due.length === 0) return due;
  if (refusesMigrations) {
    throw new UnavailableError('database/older-schema', 'the database is of an older version of the program', {
      details: { due: due.length },
      retryable: false,
    });
  }
  const { runMigrations } = await import('./run-migrations.js');
  await runMigrations(settings, known);
  return due;
}

function assertNamed(known: readonly Migration[]): void {
  const names = known.map(({ name }) => name);
  if (new Set(names).size === names.length && names.every((name) => /[A-Za-z]\d{13}$/.test(name))) return;
  throw new InternalError('database/migration-name', 'a migration has no time in its name, or shares its name');
}

async function executedMigrations(settings: ConnectionSettings): Promise<readonly string[]> {
  const client = new pg.Client(settings);
  client.on('error', () => undefined); // the query in progress fails with it
  try {
    await client.connect();
    const table = await client.query<{ found: boolean }>(
      `SELECT to_regclass('public.migrations') IS NOT NULL AS found`,
    );
    if (table.rows[0]?.found !== true) return [];
    const { rows } = await client.query<{ name: string }>('SELECT name FROM public.migrations ORDER BY id');
    return rows.map(({ name }) => name);
  } catch (error) {
    throw databaseError(error);
  } finally {
    await client.end();
  }
}
