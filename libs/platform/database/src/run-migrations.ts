import pg from 'pg';
import { DataSource, MigrationExecutor, type QueryRunner } from 'typeorm';
import { databaseError } from './database-errors.js';
import type { ConnectionSettings, Migration } from './migration.js';

/** One number for all servers of this product: they migrate one after the other. */
const MIGRATION_LOCK = 7_469_020_112;

/** Runs pending migrations in one transaction, under an advisory lock, on a connection of their own. */
export async function runMigrations(settings: ConnectionSettings, known: readonly Migration[]): Promise<void> {
  const source = new DataSource({
    type: 'postgres',
    driver: pg,
    installExtensions: false,
    uuidExtension: 'pgcrypto',
    synchronize: false,
    migrationsRun: false,
    migrations: [...known],
    poolErrorHandler: () => undefined, // the statement in progress fails with it
    extra: { ...settings, max: 1 },
  });
  try {
    await source.initialize();
    await runLocked(source);
  } catch (error) {
    throw databaseError(driverErrorOf(error));
  } finally {
    if (source.isInitialized) await source.destroy();
  }
}

async function runLocked(source: DataSource): Promise<void> {
  const runner = source.createQueryRunner();
  try {
    await runner.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const executor = new MigrationExecutor(source, runner);
    executor.transaction = 'all';
    await executor.executePendingMigrations();
  } finally {
    await unlock(runner);
  }
}

/** TypeORM wraps what the driver threw. */
function driverErrorOf(error: unknown): unknown {
  const inner: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'driverError') : undefined;
  return inner ?? error;
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
