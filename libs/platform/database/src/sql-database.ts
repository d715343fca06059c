import { AsyncLocalStorage } from 'node:async_hooks';
import { InternalError, isRogatoryError, limits, UnavailableError, UsageError } from '@rogatory/kernel';
import type { Pool, PoolClient } from 'pg';
import type { AuditRecorder, Database, Reader, TransactionOptions, UnauditedOptions, Writer } from './database.js';
import { databaseError } from './database-errors.js';
import { type DatabasePrincipal, principalSettings } from './principal.js';
import { TransactionScope, unaudited } from './transaction-scope.js';
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
  readonly access: 'read only' | 'read write';
  readonly mayCommit: (scope: TransactionScope) => boolean;
}

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
    return this.#transaction(principal, use, { ...options, access: 'read only', mayCommit: () => true });
  }

  async write<T>(
    principal: DatabasePrincipal,
    use: (writer: Writer) => Promise<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    return this.#transaction(principal, use, {
      ...options,
      access: 'read write',
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
    return this.#transaction(principal, use, { ...options, access: 'read write', mayCommit: () => true });
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
    const { access, isolation = 'read committed', mayCommit } = plan;
    const settings = principalSettings(principal);
    const client = await this.#connect();
    const scope = new TransactionScope(client, mayCommit);
    this.#open.set(scope, scope);
    const begun = scope.begin({ ...settings, isolation, access });
    let beginError: unknown;
    begun.catch((error: unknown) => {
      beginError = error;
    });
    try {
      const work = this.#current?.run(scope, () => useUp(scope, use, begun)) ?? useUp(scope, use, begun);
      const result = await withDeadline(work, plan.timeoutMs ?? limits.databaseTransactionMs);
      if (!mayCommit(scope)) throw unaudited();
      scope.end();
      await commit(scope, access);
      client.release();
      this.#runAfterCommit(scope);
      return result;
    } catch (error) {
      const cause = beginError ?? error; // what fails after a failed beginning says less
      scope.end();
      scope.flush();
      await abandon(client, error);
      throw await outcomeOf(scope, cause);
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

async function commit(scope: TransactionScope, access: TransactionPlan['access']): Promise<void> {
  const done = scope.commitUnderWay ?? scope.commit();
  if (access === 'read only') {
    // Nothing can be lost, so nobody waits; the next transaction queues behind it on the same connection.
    done.catch(() => undefined);
    scope.flush();
    return;
  }
  let command: string;
  try {
    ({ command } = await done);
  } catch (error) {
    const fault = databaseError(error);
    throw fault.code === 'database/unavailable' ? commitUnknown(fault) : fault;
  }
  // PostgreSQL answers COMMIT of an aborted transaction with ROLLBACK, not with an error.
  if (command !== 'COMMIT') {
    throw new InternalError('database/aborted', 'an error inside the transaction was swallowed; nothing was committed');
  }
}

/** With the commit on its way, a failure is only known to have undone everything when the engine said so. */
async function outcomeOf({ commitUnderWay }: TransactionScope, error: unknown): Promise<unknown> {
  if (commitUnderWay === undefined) return error;
  if (isRogatoryError(error) && error.family === 'unavailable') return commitUnknown(error);
  const isDone = await commitUnderWay.then(
    () => true,
    () => false,
  );
  return isDone ? commitUnknown(error) : error;
}

function commitUnknown(cause: unknown): UnavailableError {
  return new UnavailableError('database/commit-unknown', 'the connection was lost during the commit', { cause });
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
