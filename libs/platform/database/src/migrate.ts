import { InternalError, UnavailableError } from '@rogatory/kernel';
import { type DataSource, MigrationExecutor, type MigrationInterface, type QueryRunner } from 'typeorm';
import { databaseError } from './database-errors.js';

/**
 * A frozen schema step: plain SQL, imports nothing living, class name ends in its time in milliseconds (13 digits).
 * It must work on PostgreSQL 15 and on the embedded engine.
 */
export type Migration = new () => MigrationInterface;

/** One number for all of this product's servers: they migrate one after the other. */
const MIGRATION_LOCK = 7_469_020_112;

/**
 * Runs what has not run yet, all in one transaction, under an advisory lock.
 * @throws UnavailableError `database/newer-schema` when the database was migrated by a newer program.
 */
export async function runMigrations(source: DataSource, known: readonly Migration[]): Promise<void> {
  assertUnique(known);
  const runner = source.createQueryRunner();
  try {
    await runner.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const executor = new MigrationExecutor(source, runner);
    executor.transaction = 'all';
    await assertNotNewer(executor, known);
    if ((await executor.getPendingMigrations()).length > 0) await executor.executePendingMigrations();
  } catch (error) {
    throw driverErrorOf(error);
  } finally {
    await unlock(runner);
  }
}

function assertUnique(known: readonly Migration[]): void {
  const names = known.map(({ name }) => name);
  if (new Set(names).size === names.length && names.every((name) => /[A-Za-z]\d{13}$/.test(name))) return;
  throw new InternalError('database/migration-name', 'a migration has no time in its name, or shares its name');
}

async function assertNotNewer(executor: MigrationExecutor, known: readonly Migration[]): Promise<void> {
  const names = new Set(known.map(({ name }) => name));
  const stranger = (await executor.getExecutedMigrations()).find(({ name }) => !names.has(name));
  if (stranger === undefined) return;
  throw new UnavailableError('database/newer-schema', 'the database was used by a newer version of the program', {
    details: { migration: stranger.name },
    retryable: false,
  });
}

/** TypeORM wraps what the driver threw. */
function driverErrorOf(error: unknown): unknown {
  const inner: unknown = error instanceof Error ? Reflect.get(error, 'driverError') : undefined;
  return databaseError(inner ?? error);
}

async function unlock(runner: QueryRunner): Promise<void> {
  try {
    await runner.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
  } catch {
    // The connection is gone, and the lock with it.
  } finally {
    await runner.release();
  }
}
