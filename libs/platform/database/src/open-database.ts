import { InternalError, limits } from '@rogatory/kernel';
import pg from 'pg';
import type { Database } from './database.js';
import { databaseError } from './database-errors.js';
import { EngineStream } from './embedded/engine-stream.js';
import { openFolder, openMemory } from './embedded/open-folder.js';
import { gatheringSocket } from './gathering-socket.js';
import { migrate } from './migrate.js';
import type { ConnectionSettings, Migration } from './migration.js';
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
      /** Refuses a server whose commits may be lost with its power. The embedded engine always proves itself. */
      readonly requiresDurability?: boolean;
    };

export type DatabaseOptions = DatabasePlace & {
  /** The features' migrations; the platform's own come first. */
  readonly migrations: readonly Migration[];
  /** Refuses a database that would have to be migrated: for work that must leave it as it is. */
  readonly refusesMigrations?: boolean;
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
  readonly engine: Database['engine'];
  /** As the owner of the schema, without time limits. */
  readonly migrating: ConnectionSettings;
  readonly serving: ConnectionSettings & { readonly max: number };
  readonly maintenance: readonly string[];
  readonly close: () => Promise<void>;
}

/**
 * Opens the database and brings its schema up to date.
 * @throws UnavailableError `database/unavailable`, `files/folder-in-use`, `database/newer-schema` or, where migrations are
 * refused, `database/older-schema`; InternalError `database/not-durable`.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const onFault = options.onFault ?? (() => undefined);
  const opened = options.kind === 'postgres' ? openPostgres(options) : await openEmbedded(options);
  try {
    if (options.kind === 'postgres' && options.requiresDurability) await requireDurability(opened.migrating);
    const migrated = await migrate(
      opened.migrating,
      [...platformMigrations, ...options.migrations],
      options.refusesMigrations,
    );
    const pool = new pg.Pool(opened.serving);
    pool.on('error', onFault);
    // A client that is in use and has no listener would end the process when its connection breaks.
    pool.on('connect', (client) => client.on('error', onFault));
    return new SqlDatabase({
      engine: opened.engine,
      migrated,
      pool,
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

/** With either setting off a crash of the machine can lose acknowledged commits, or spoil the whole database. */
const UNSAFE = `SELECT name FROM pg_catalog.pg_settings
  WHERE name IN ('fsync', 'full_page_writes') AND setting <> 'on' ORDER BY name`;

async function requireDurability(connection: ConnectionSettings): Promise<void> {
  const client = new pg.Client(connection);
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ name: string }>(UNSAFE);
    if (rows.length === 0) return;
    throw new InternalError('database/not-durable', 'a commit did not reach the disk; the server must not start', {
      details: { settings: rows.map(({ name }) => name).join(' ') },
    });
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function openEmbedded(options: DatabaseOptions & { kind: 'embedded' | 'embedded-memory' }): Promise<OpenEngine> {
  const { engine, close } =
    options.kind === 'embedded'
      ? await openFolder(options.folder, options.statementMs)
      : await openMemory(options.statementMs);
  const connection = {
    stream: () => new EngineStream(engine),
    connectionTimeoutMillis: limits.databaseConnectMs,
    pipeline: true,
  } as const;
  return {
    engine: 'embedded',
    migrating: connection,
    // The one connection never idles out: its prepared statements would go with it.
    serving: { ...connection, max: 1, idleTimeoutMillis: 0 },
    maintenance: ['VACUUM (ANALYZE)', 'CHECKPOINT'],
    close,
  };
}

function openPostgres(options: DatabaseOptions & { kind: 'postgres' }): OpenEngine {
  const statementMs = options.statementMs ?? limits.databaseStatementMs;
  const connection = {
    connectionTimeoutMillis: limits.databaseConnectMs,
    application_name: 'rogatory',
    keepAlive: true,
    pipeline: true,
    stream: gatheringSocket,
  } as const;
  return {
    engine: 'postgres',
    migrating: { ...connection, connectionString: options.migrationUrl ?? options.url },
    serving: {
      ...connection,
      connectionString: options.url,
      max: options.poolSize ?? limits.databasePoolConnections,
      statement_timeout: statementMs,
      lock_timeout: limits.databaseLockWaitMs,
      idle_in_transaction_session_timeout: limits.databaseTransactionMs,
      // The server's own limit comes first; this one is for a network that swallows the answer.
      query_timeout: statementMs + limits.databaseLockWaitMs,
      // Outside its transactions a connection has no more rights than the application. A commit is on disk before it is
      // answered, whatever the default of the server.
      options: `-c role=${databaseRoles.app} -c synchronous_commit=on`,
    },
    maintenance: [], // the server does it by itself
    close: async () => undefined,
  };
}
