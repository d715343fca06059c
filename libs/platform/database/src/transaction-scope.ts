import { InternalError, UsageError } from '@rogatory/kernel';
import type { PoolClient, QueryConfig, QueryResult } from 'pg';
import type { ParseRow, Writer } from './database.js';
import { databaseError } from './database-errors.js';
import { type RawRow, RowReader } from './row-reader.js';
import type { SqlValue, Statement } from './statement.js';

function config(statement: Statement, params: readonly SqlValue[]): QueryConfig<SqlValue[]> {
  const values = [...params];
  if (typeof statement === 'string') return { text: statement, values };
  return { name: statement.name, text: statement.text, values };
}

/** The reader and writer of one transaction. After `end` every call is refused, also calls kept by mistake. */
export class TransactionScope implements Writer {
  readonly #client: PoolClient;
  readonly #afterCommit: (() => void)[] = [];
  #isOpen = true;
  #pending = 0;

  constructor(client: PoolClient) {
    this.#client = client;
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
    return rowCount ?? 0;
  }

  afterCommit(action: () => void): void {
    this.#assertOpen();
    this.#afterCommit.push(action);
  }

  end(): void {
    this.#isOpen = false;
  }

  #assertOpen(): void {
    if (!this.#isOpen)
      throw new UsageError('database/scope-closed', 'the transaction of this reader or writer has ended');
  }

  async #run(statement: Statement, params: readonly SqlValue[]): Promise<QueryResult<RawRow>> {
    this.#assertOpen();
    this.#pending += 1;
    try {
      return await this.#client.query<RawRow, SqlValue[]>(config(statement, params));
    } catch (error) {
      throw databaseError(error);
    } finally {
      this.#pending -= 1;
    }
  }
}
