import { isRogatoryError, UsageError } from '@rogatory/kernel';
import { type PreparedStatement, prepared, type Reader, type Writer } from '@rogatory/platform-database';
import type { LeafSource } from '../application/log/log-tree.store.js';
import { logLost } from '../domain/audit.errors.js';

// The update does not ask again whether a row is pending: with old statistics that made the planner join all pending
// rows with all picked ones. Whoever numbers a row twice is stopped by a trigger, or by the index of places.
const takeRecords = prepared(
  'audit/take-records',
  `WITH picked AS MATERIALIZED (
      SELECT id FROM audit_event WHERE shard = $1 AND seq IS NULL ORDER BY id LIMIT $3),
    numbered AS MATERIALIZED (SELECT id, $2::bigint - 1 + row_number() OVER (ORDER BY id) AS place FROM picked),
    placed AS (
      UPDATE audit_event AS e SET seq = numbered.place FROM numbered WHERE e.id = numbered.id RETURNING e.seq, e.leaf)
  SELECT leaf FROM placed ORDER BY seq`,
);
const readRecords = prepared(
  'audit/read-leaves',
  `SELECT leaf FROM audit_event WHERE shard = $1 AND seq >= $2 AND seq < $2::bigint + $3 ORDER BY seq`,
);

/** Audit records: numbered in the order of their ids when their turn comes. */
export class AuditLeafSource implements LeafSource {
  readonly #shard: string;

  constructor(shard: string) {
    this.#shard = shard;
  }

  async take(writer: Writer, first: number, limit: number): Promise<readonly Uint8Array[]> {
    try {
      return await writer.queryRows(takeRecords, [this.#shard, first, limit], (row) => row.bytes('leaf'));
    } catch (error) {
      throw isNumbered(error) ? logLost() : error;
    }
  }

  async read(reader: Reader, first: number, limit: number): Promise<readonly Uint8Array[]> {
    return reader.queryRows(readRecords, [this.#shard, first, limit], (row) => row.bytes('leaf'));
  }
}

const guards: readonly unknown[] = ['audit_event_place', 'audit_event_numbered_once'];

/** Another sequencer has numbered these records, or given these numbers away. */
function isNumbered(error: unknown): boolean {
  return isRogatoryError(error) && guards.includes(error.details['constraint']);
}

/** A table whose rows carry their index already, without a gap, such as the entries of the directory. */
export interface NumberedTable {
  readonly table: string;
  readonly indexColumn: string;
  readonly leafColumn: string;
}

const IDENTIFIER = /^[a-z][a-z_]{0,62}$/;

/** Leaves that were numbered by the act that made them. The sequencer's role needs SELECT on table. */
export class NumberedLeafSource implements LeafSource {
  readonly #statement: PreparedStatement;

  /** @throws UsageError `audit/identifier` on a name that is not a plain lower-case identifier. */
  constructor({ table, indexColumn, leafColumn }: NumberedTable) {
    const areNames = [table, indexColumn, leafColumn].every((name) => IDENTIFIER.test(name));
    if (!areNames) throw new UsageError('audit/identifier', 'not the name of a table or column');
    this.#statement = prepared(
      `tlog/leaves-${table.replaceAll('_', '-')}`,
      `SELECT ${leafColumn} AS leaf FROM ${table} WHERE ${indexColumn} >= $1 AND ${indexColumn} < $1::bigint + $2
       ORDER BY ${indexColumn}`,
    );
  }

  async take(writer: Writer, first: number, limit: number): Promise<readonly Uint8Array[]> {
    return this.read(writer, first, limit);
  }

  async read(reader: Reader, first: number, limit: number): Promise<readonly Uint8Array[]> {
    return reader.queryRows(this.#statement, [first, limit], (row) => row.bytes('leaf'));
  }
}
