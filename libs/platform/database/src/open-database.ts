import { InternalError, limits } from '@rogatory/kernel';
import pg from 'pg';
import { DataSource } from 'typeorm';
import type { Database } from './database.js';
import { databaseError } from './database-errors.js';
import { loadBaseSnapshot } from './embedded/base-snapshot.js';
import { Engine } from './embedded/engine.js';
import { EngineStream } from './embedded/engine-stream.js';
import { openFolder } from './embedded/open-folder.js';
import { type Migration, runMigrations } from './migrate.js';
import { platformMigrations } from './platform-migration.js';
import { databaseRoles } from './principal.js';
import { SqlDatabase } from './sql-database.js';

/** Where the database is. */
export type DatabasePlace =
  /** PGlite in this process, in `folder` (made private to this user); one process at a time. */
  | { readonly kind: 'embedded'; readonly folder: string }
  /** PGlite in this process, gone with it. For tests. */
  | { readonly kind: 'embedded-memory' }
  /** A PostgreSQL server, version 15 or later. `url` may name a user that is only a member of the two roles. */
  | {
      readonly kind: 'postgres';
      readonly url: string;
      /** Default `limits.databasePoolConnections`. */
      readonly poolSize?: number;
      /** The owner of the schema; default `url`. */
      readonly migrationUrl?: string;
    };

export type DatabaseOptions = DatabasePlace & {
  /** The features' migrations; the platform's own come first. */
  readonly migrations: readonly Migration[];
  /** Told when an after-commit action threw, and when an idle connection broke. */
  readonly onFault?: (error: unknown) => void;
  /** Default `limits.databaseStatementMs`. */
  readonly statementMs?: number;
  /**
   * Refuses a scope inside a scope at once, instead of after `limits.databaseConnectMs`. For tests and development: on
   * Node 20 it makes every promise of the process slower.
   */
  readonly refusesNesting?: boolean;
};

interface OpenEngine {
  readonly engine: 'embedded' | 'postgres';
  readonly pool: { readonly max: number; readonly extra: Readonly<Record<string, unknown>> };
  readonly url?: string;
  readonly migrationUrl?: string;
  readonly maintenance: readonly string[];
  close(): Promise<void>;
}

/**
 * Opens the database and brings its schema up to date.
 * @throws UnavailableError `database/unavailable`, `database/folder-in-use` or `database/newer-schema`, InternalError
 * `database/not-durable`.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const onFault = options.onFault ?? (() => undefined);
  const opened = options.kind === 'postgres' ? openPostgres(options) : await openEmbedded(options);
  try {
    const source = await connect(opened, options, onFault);
    return new SqlDatabase({
      engine: opened.engine,
      pool: poolOf(source),
      maintenance: opened.maintenance,
      closeEngine: () => opened.close(),
      onAfterCommitError: onFault,
      refusesNesting: options.refusesNesting ?? false,
    });
  } catch (error) {
    await opened.close();
    throw databaseError(error);
  }
}

async function connect(
  opened: OpenEngine,
  options: DatabaseOptions,
  onFault: (error: unknown) => void,
): Promise<DataSource> {
  const migrations = [...platformMigrations, ...options.migrations];
  if (opened.migrationUrl !== undefined) {
    // A connection of its own, as the owner of the schema and without time limits.
    const place = { ...opened, url: opened.migrationUrl, pool: { max: 1, extra: {} } };
    const owner = await dataSource(place, migrations, onFault).initialize();
    try {
      await runMigrations(owner, migrations);
    } finally {
      await owner.destroy();
    }
    return dataSource(opened, [], onFault).initialize();
  }
  const source = await dataSource(opened, migrations, onFault).initialize();
  try {
    await runMigrations(source, migrations);
    return source;
  } catch (error) {
    await source.destroy();
    throw error;
  }
}

function dataSource(
  { url, pool }: OpenEngine,
  migrations: readonly Migration[],
  onFault: (error: unknown) => void,
): DataSource {
  return new DataSource({
    type: 'postgres',
    driver: pg,
    ...(url === undefined ? {} : { url }),
    poolSize: pool.max,
    connectTimeoutMS: limits.databaseConnectMs,
    applicationName: 'rogatory',
    installExtensions: false,
    uuidExtension: 'pgcrypto',
    synchronize: false,
    migrationsRun: false,
    migrations: [...migrations],
    poolErrorHandler: onFault,
    extra: { ...pool.extra, pipeline: true, Client: clientClass(onFault) },
  });
}

/** TypeORM keeps its pool untyped. */
function poolOf(source: DataSource): pg.Pool {
  const pool: unknown = Reflect.get(source.driver, 'master');
  if (!(pool instanceof pg.Pool))
    throw new InternalError('database/internal', 'the connection pool is not where it was');
  return pool;
}

/** A client that is in use and has no listener would end the process when its connection breaks. */
function clientClass(onFault: (error: unknown) => void): typeof pg.Client {
  return class ListenedClient extends pg.Client {
    constructor(config?: string | pg.ClientConfig) {
      super(config);
      this.on('error', onFault);
    }
  };
}

async function openEmbedded(options: DatabaseOptions & { kind: 'embedded' | 'embedded-memory' }): Promise<OpenEngine> {
  const { engine, close } =
    options.kind === 'embedded' ? await openFolder(options.folder, options.statementMs) : await openMemory(options);
  return {
    engine: 'embedded',
    // The one connection never idles out: its prepared statements would go with it.
    pool: { max: 1, extra: { stream: () => new EngineStream(engine), idleTimeoutMillis: 0 } },
    maintenance: ['VACUUM (ANALYZE)', 'CHECKPOINT'],
    close,
  };
}

async function openMemory({ statementMs }: DatabaseOptions): Promise<{ engine: Engine; close(): Promise<void> }> {
  const snapshot = loadBaseSnapshot();
  const engine = await Engine.start({
    ...(snapshot === undefined ? {} : { snapshot }),
    ...(statementMs === undefined ? {} : { statementMs }),
  });
  return { engine, close: () => engine.close() };
}

function openPostgres(options: DatabaseOptions & { kind: 'postgres' }): OpenEngine {
  const statementMs = options.statementMs ?? limits.databaseStatementMs;
  return {
    engine: 'postgres',
    url: options.url,
    migrationUrl: options.migrationUrl ?? options.url,
    pool: {
      max: options.poolSize ?? limits.databasePoolConnections,
      extra: {
        statement_timeout: statementMs,
        lock_timeout: limits.databaseLockWaitMs,
        idle_in_transaction_session_timeout: limits.databaseTransactionMs,
        // The server's own limit comes first; this one is for a network that swallows the answer.
        query_timeout: statementMs + limits.databaseLockWaitMs,
        keepAlive: true,
        // Outside its transactions a connection has no more rights than the application.
        options: `-c role=${databaseRoles.app}`,
      },
    },
    maintenance: [], // the server does it by itself
    close: async () => undefined,
  };
}
