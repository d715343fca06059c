import type { DatabasePrincipal } from './principal.js';
import type { RowReader } from './row-reader.js';
import type { SqlValue, Statement } from './statement.js';
import type { UnauditedReason } from './unaudited-reasons.js';

/** Makes a value of one row; must not keep the reader. */
export type ParseRow<T> = (row: RowReader) => T;

/**
 * Reads of one transaction; exists only inside its callback. Queries that are started together without awaiting
 * between them travel in one round trip and run in order; the first that fails ends the transaction, and those behind it
 * fail with the same error.
 *
 * Every method throws `database/conflict`, `database/timeout`, `database/unavailable`, `database/denied`,
 * `database/refused`, `database/constraint` or `database/internal` (see `database-errors.ts`), and
 * UsageError `database/scope-closed` after the callback has ended.
 */
export interface Reader {
  /** All rows, in the statement's order. Put a LIMIT into every statement whose answer can grow. */
  queryRows<T>(statement: Statement, params: readonly SqlValue[], parse: ParseRow<T>): Promise<T[]>;
  /** The one row, or undefined. @throws InternalError `database/row-count` when there are more. */
  queryOne<T>(statement: Statement, params: readonly SqlValue[], parse: ParseRow<T>): Promise<T | undefined>;
}

/** Reads and writes of one transaction; exists only inside its callback. */
export interface Writer extends Reader {
  /** Runs a statement. @returns the number of rows it inserted, updated or deleted. */
  execute(statement: Statement, params: readonly SqlValue[]): Promise<number>;
  /**
   * Runs after the commit, in order, and never when the transaction did not commit. For wake-up calls: a failure is
   * reported to `onAfterCommitError` and changes nothing for the caller.
   */
  afterCommit(action: () => void): void;
  /**
   * Says that no statement follows: the commit travels behind those that were started, in their round trip. Their answers
   * come too late to stop it, so each statement MUST raise an error where the transaction must not be committed, and what
   * is to run after the commit MUST be known. The callback still waits for its statements.
   * @throws InternalError `database/unaudited`; whatever kept a statement from being sent.
   */
  last(): void;
}

/** Held by the audit feature alone: says that this transaction carries its audit record. */
export interface AuditRecorder {
  /** @throws UsageError `database/scope-closed` when the writer's transaction has ended. */
  recorded(writer: Writer): void;
}

export const isolationLevels = ['read committed', 'repeatable read', 'serializable'] as const;
export type IsolationLevel = (typeof isolationLevels)[number];

export interface TransactionOptions {
  /** Default `read committed`. */
  readonly isolation?: IsolationLevel;
  /** From the first statement to the end of the commit; default `limits.databaseTransactionMs`. */
  readonly timeoutMs?: number;
}

export interface UnauditedOptions extends TransactionOptions {
  readonly reason: UnauditedReason;
}

/**
 * The port to the one SQL database. Drivers: `embedded` (PGlite in this process) and `postgres`.
 *
 * A scope opened inside another one would wait for itself on the embedded engine. Tests refuse it at once on both engines
 * (UsageError `database/nested-scope`); a server fails it with `database/unavailable` when no connection comes free.
 */
export interface Database {
  readonly engine: 'embedded' | 'postgres';
  /** Names of the migrations that this start ran: their record is due once records can be made. */
  readonly migrated: readonly string[];

  /** A read-only transaction on behalf of `principal`. */
  read<T>(principal: DatabasePrincipal, use: (reader: Reader) => Promise<T>, options?: TransactionOptions): Promise<T>;

  /**
   * A transaction of an act. Commits only when the holder of the {@link AuditRecorder} recorded an audit record in it;
   * otherwise rolls back and throws InternalError `database/unaudited`. Throwing inside `use` rolls back.
   * @throws UnavailableError `database/commit-unknown` when the connection died during the commit: the act may or may
   * not have happened, and its idempotency key decides on a retry.
   */
  write<T>(principal: DatabasePrincipal, use: (writer: Writer) => Promise<T>, options?: TransactionOptions): Promise<T>;

  /** A transaction that needs no audit record, for a listed reason. */
  writeUnaudited<T>(
    principal: DatabasePrincipal,
    use: (writer: Writer) => Promise<T>,
    options: UnauditedOptions,
  ): Promise<T>;

  /** Hands out the one recorder. @throws UsageError `database/recorder-claimed` at the second call. */
  claimAuditRecorder(): AuditRecorder;

  /** Housekeeping that PostgreSQL does by itself and the embedded engine does not: vacuum, statistics, checkpoint. */
  maintain(): Promise<void>;

  /** Connections in use and callers waiting for one. */
  load(): { readonly busy: number; readonly waiting: number; readonly size: number };

  /** Waits for running transactions, then closes. Further calls throw `database/unavailable`. */
  close(): Promise<void>;
}
