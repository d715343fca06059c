import { AsyncLocalStorage } from 'node:async_hooks';
import { InternalError, isRogatoryError, limits, UnavailableError, UsageError } from '@rogatory/kernel';
import type { Pool, PoolClient } from 'pg';
import type {
  AuditRecorder,
  Database,
  IsolationLevel,
  Reader,
  TransactionOptions,
  UnauditedOptions,
  Writer,
} from './database.js';
import { databaseError } from './database-errors.js';
import { type DatabasePrincipal, principalSql } from './principal.js';
import { TransactionScope } from './transaction-scope.js';
import { unauditedReasons } from './unaudited-reasons.js';

/** What an engine adds to the transactions that both engines share. */
export interface EngineParts {
  readonly engine: 'embedded' | 'postgres';
  readonly migrated: readonly string[];
  readonly pool: Pool;
  /** Statements of {@link Database.maintain}, each run outside a transaction. */
  readonly maintenance: readonly string[];
  /** Frees what the pool does not own. */
  readonly closeEngine: () => Promise<void>;
  readonly onAfterCommitError: (error: unknown) => void;
  /** Refuses a scope inside a scope at once; costs every promise of the process something on Node 20. */
  readonly refusesNesting: boolean;
}

interface TransactionPlan extends TransactionOptions {
  readonly access: 'READ ONLY' | 'READ WRITE';
  readonly mayCommit: (scope: TransactionScope) => boolean;
}

const ISOLATION_SQL: Readonly<Record<IsolationLevel, string>> = {
  'read committed': 'READ COMMITTED',
  'repeatable read': 'REPEATABLE READ',
  serializable: 'SERIALIZABLE',
};

/** Transactions over a pool of pipelining `pg` clients; both engines differ only in the pool they are given. */
export class SqlDatabase implements Database {
  readonly engine: 'embedded' | 'postgres';
  readonly migrated: readonly string[];
  readonly #parts: EngineParts;
  readonly #current: AsyncLocalStorage<TransactionScope> | undefined;
  readonly #open = new WeakMap<Reader, TransactionScope>();
  readonly #audited = new WeakSet<TransactionScope>();
  #isRecorderClaimed = false;
  #closing: Promise<void> | undefined;

  constructor(parts: EngineParts) {
    this.engine = parts.engine;
    this.migrated = parts.migrated;
    this.#parts = parts;
    this.#current = parts.refusesNesting ? new AsyncLocalStorage() : undefined;
  }

  async read<T>(
    principal: DatabasePrincipal,
    use: (reader: Reader) => Promise<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    return this.#transaction(principal, use, { ...options, access: 'READ ONLY', mayCommit: () => true });
  }

  async write<T>(
    principal: DatabasePrincipal,
    use: (writer: Writer) => Promise<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    return this.#transaction(principal, use, {
      ...options,
      access: 'READ WRITE',
      mayCommit: (scope) => this.#audited.has(scope),
    });
  }

  async writeUnaudited<T>(
    principal: DatabasePrincipal,
    use: (writer: Writer) => Promise<T>,
    { reason, ...options }: UnauditedOptions,
  ): Promise<T> {
    if (!Object.hasOwn(unauditedReasons, reason)) {
      throw new UsageError('database/unaudited-reason', 'a write without audit record names no listed reason');
    }
    return this.#transaction(principal, use, { ...options, access: 'READ WRITE', mayCommit: () => true });
  }

  claimAuditRecorder(): AuditRecorder {
    if (this.#isRecorderClaimed) {
      throw new UsageError('database/recorder-claimed', 'the audit recorder has an owner already');
    }
    this.#isRecorderClaimed = true;
    return {
      recorded: (writer) => {
        const scope = this.#open.get(writer);
        if (scope?.isOpen !== true) {
          throw new UsageError('database/scope-closed', 'the writer belongs to no open transaction of this database');
        }
        this.#audited.add(scope);
      },
    };
  }

  async maintain(): Promise<void> {
    const client = await this.#connect();
    try {
      for (const statement of this.#parts.maintenance) await client.query(statement);
      client.release();
    } catch (error) {
      client.release(true);
      throw databaseError(error);
    }
  }

  load(): { readonly busy: number; readonly waiting: number; readonly size: number } {
    const { totalCount, idleCount, waitingCount, options } = this.#parts.pool;
    return { busy: totalCount - idleCount, waiting: waitingCount, size: options.max };
  }

  async close(): Promise<void> {
    this.#closing ??= this.#parts.pool.end().then(() => this.#parts.closeEngine());
    return this.#closing;
  }

  async #connect(): Promise<PoolClient> {
    if (this.#current?.getStore()?.isOpen === true) {
      throw new UsageError(
        'database/nested-scope',
        'a transaction is open already in this call; use its reader or writer',
      );
    }
    if (this.#closing !== undefined) {
      throw new UnavailableError('database/unavailable', 'the database is closed', { details: { reason: 'closed' } });
    }
    try {
      return await this.#parts.pool.connect();
    } catch (error) {
      throw databaseError(error);
    }
  }

  async #transaction<T>(
    principal: DatabasePrincipal,
    use: (scope: TransactionScope) => Promise<T>,
    plan: TransactionPlan,
  ): Promise<T> {
    const beginSql = `BEGIN ISOLATION LEVEL ${ISOLATION_SQL[plan.isolation ?? 'read committed']} ${plan.access}; ${principalSql(principal)}`;
    const client = await this.#connect();
    const scope = new TransactionScope(client);
    this.#open.set(scope, scope);
    const begun = begin(client, beginSql);
    let beginError: unknown;
    begun.catch((error: unknown) => {
      beginError = error;
    });
    try {
      const work = this.#current?.run(scope, () => useUp(scope, use, begun)) ?? useUp(scope, use, begun);
      const result = await withDeadline(work, plan.timeoutMs ?? limits.databaseTransactionMs);
      if (!plan.mayCommit(scope)) {
        throw new InternalError('database/unaudited', 'an act without its audit record was not committed');
      }
      scope.end();
      await commit(client, plan.access);
      client.release();
      this.#runAfterCommit(scope);
      return result;
    } catch (error) {
      scope.end();
      await abandon(client, error);
      throw beginError ?? error; // what fails after a failed beginning says less
    }
  }

  #runAfterCommit(scope: TransactionScope): void {
    for (const action of scope.afterCommitActions) {
      try {
        action();
      } catch (error) {
        this.#parts.onAfterCommitError(error);
      }
    }
  }
}

/** A query that nobody waits for could fail unseen and be committed without. */
async function useUp<T>(
  scope: TransactionScope,
  use: (scope: TransactionScope) => Promise<T>,
  begun: Promise<void>,
): Promise<T> {
  const value = await use(scope);
  if (scope.pendingQueries > 0) {
    throw new UsageError('database/unawaited-query', 'the callback ended before its queries did');
  }
  await begun;
  return value;
}

/**
 * Not awaited before the first query, so that both travel together. A beginning that fails leaves an aborted transaction
 * or a dead connection: what follows it cannot take effect.
 */
async function begin(client: PoolClient, sql: string): Promise<void> {
  try {
    await client.query(sql);
  } catch (error) {
    throw databaseError(error);
  }
}

async function commit(client: PoolClient, access: TransactionPlan['access']): Promise<void> {
  const done = client.query('COMMIT');
  if (access === 'READ ONLY') {
    // Nothing can be lost, so nobody waits; the next transaction queues behind it on the same connection.
    done.catch(() => undefined);
    return;
  }
  let command: string;
  try {
    ({ command } = await done);
  } catch (error) {
    const fault = databaseError(error);
    if (fault.code !== 'database/unavailable') throw fault;
    throw new UnavailableError('database/commit-unknown', 'the connection was lost during the commit', {
      cause: fault,
    });
  }
  // PostgreSQL answers COMMIT of an aborted transaction with ROLLBACK, not with an error.
  if (command !== 'COMMIT') {
    throw new InternalError('database/aborted', 'an error inside the transaction was swallowed; nothing was committed');
  }
}

/** Rolls back and returns the connection; closes it instead when it may still be busy or broken. */
async function abandon(client: PoolClient, error: unknown): Promise<void> {
  const mayBeBusy = isRogatoryError(error) && error.family === 'unavailable';
  try {
    if (!mayBeBusy) await client.query('ROLLBACK');
    client.release(mayBeBusy);
  } catch {
    client.release(true);
  }
}

async function withDeadline<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new UnavailableError('database/timeout', 'the transaction took too long', { details: { timeoutMs } }));
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
