import { InternalError, UsageError } from '@rogatory/kernel';
import type { PoolClient } from 'pg';
import type { IsolationLevel, ParseRow, Writer } from './database.js';
import { databaseError } from './database-errors.js';
import { encodeParameter } from './parameters.js';
import type { PrincipalSettings } from './principal.js';
import { RowReader } from './row-reader.js';
import { prepared, type PreparedStatement, type SqlValue, type Statement } from './statement.js';
import { type StatementAnswer, StatementBatch } from './statement-batch.js';

/** How a transaction begins. */
export interface Beginning extends PrincipalSettings {
  readonly isolation: IsolationLevel;
  readonly access: 'read only' | 'read write';
}

const setPrincipal = prepared('platform/principal', `SELECT set_config('rogatory.principal', $1, true)`);
const commitStatement = prepared('platform/commit', 'COMMIT');
const constants = new Map<string, PreparedStatement>();

/** A statement out of fixed words, prepared under their name. */
function ofWords(words: string): PreparedStatement {
  const known = constants.get(words);
  if (known !== undefined) return known;
  const made = prepared(`platform/${words.toLowerCase().replaceAll(/[ _]/g, '-')}`, words);
  constants.set(words, made);
  return made;
}

/**
 * The reader and writer of one transaction. What one turn of the event loop starts travels together. After `end` every
 * call is refused, also calls kept by mistake.
 */
export class TransactionScope implements Writer {
  readonly #client: PoolClient;
  readonly #mayCommit: (scope: TransactionScope) => boolean;
  readonly #afterCommit: (() => void)[] = [];
  #batch: StatementBatch | undefined;
  #isOpen = true;
  #pending = 0;
  #unsent: unknown;
  #commit: Promise<StatementAnswer> | undefined;

  constructor(client: PoolClient, mayCommit: (scope: TransactionScope) => boolean) {
    this.#client = client;
    this.#mayCommit = mayCommit;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Queries that the callback started and did not wait for; they must not be committed unseen. */
  get pendingQueries(): number {
    return this.#pending;
  }

  get afterCommitActions(): readonly (() => void)[] {
    return this.#afterCommit;
  }

  /** The commit that was sent behind the last statement; undefined when none was. */
  get commitUnderWay(): Promise<StatementAnswer> | undefined {
    return this.#commit;
  }

  /**
   * Not awaited before the first query, so that both travel together. A beginning that fails leaves an aborted
   * transaction or a dead connection: what follows it cannot take effect.
   */
  async begin({ isolation, access, role, principal }: Beginning): Promise<void> {
    try {
      const words = `BEGIN ISOLATION LEVEL ${isolation.toUpperCase()} ${access.toUpperCase()}`;
      const begun = [this.#add(ofWords(words), []), this.#add(ofWords(`SET LOCAL ROLE ${role}`), [])];
      await Promise.all([...begun, this.#add(setPrincipal, [principal])]);
    } catch (error) {
      throw databaseError(error);
    }
  }

  async queryRows<T>(statement: Statement, params: readonly SqlValue[], parse: ParseRow<T>): Promise<T[]> {
    const { rows } = await this.#run(statement, params);
    const reader = new RowReader();
    return rows.map((row) => parse(reader.show(row)));
  }

  async queryOne<T>(statement: Statement, params: readonly SqlValue[], parse: ParseRow<T>): Promise<T | undefined> {
    const { rows } = await this.#run(statement, params);
    if (rows.length > 1) throw new InternalError('database/row-count', 'more rows than one');
    const [row] = rows;
    return row === undefined ? undefined : parse(new RowReader().show(row));
  }

  async execute(statement: Statement, params: readonly SqlValue[]): Promise<number> {
    const { rowCount } = await this.#run(statement, params);
    return rowCount;
  }

  afterCommit(action: () => void): void {
    this.#assertOpen();
    this.#afterCommit.push(action);
  }

  last(): void {
    this.#assertOpen();
    if (!this.#mayCommit(this)) throw unaudited();
    if (this.#unsent !== undefined) throw databaseError(this.#unsent);
    this.#isOpen = false;
    this.#commit = this.commit();
    // Whoever waits for the statements before it learns of their failure; the commit is asked for afterwards.
    this.#commit.catch(() => undefined);
  }

  /** Sends the commit; the scope must have ended. */
  commit(): Promise<StatementAnswer> {
    return this.#add(commitStatement, []);
  }

  end(): void {
    this.#isOpen = false;
  }

  /** Sends now what this turn has started: behind the end of a transaction it would run outside of any. */
  flush(): void {
    const batch = this.#batch;
    this.#batch = undefined;
    if (batch !== undefined) this.#client.query(batch);
  }

  #assertOpen(): void {
    if (!this.#isOpen) throw closed();
  }

  async #run(statement: Statement, params: readonly SqlValue[]): Promise<StatementAnswer> {
    this.#assertOpen();
    this.#pending += 1;
    try {
      return await this.#add(statement, params);
    } catch (error) {
      throw databaseError(error);
    } finally {
      this.#pending -= 1;
    }
  }

  #add(statement: Statement, params: readonly SqlValue[]): Promise<StatementAnswer> {
    try {
      const encoded = params.map(encodeParameter);
      this.#batch ??= this.#open();
      return this.#batch.add(statement, encoded);
    } catch (error) {
      this.#unsent = error;
      throw error;
    }
  }

  #open(): StatementBatch {
    process.nextTick(() => this.flush());
    return new StatementBatch();
  }
}

function closed(): UsageError {
  return new UsageError('database/scope-closed', 'the transaction of this reader or writer has ended');
}

export function unaudited(): InternalError {
  return new InternalError('database/unaudited', 'an act without its audit record was not committed');
}
