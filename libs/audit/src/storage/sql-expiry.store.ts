import type { ActId } from '@rogatory/kernel';
import { lastingEvents } from '@rogatory/protocol';
import { prepared, type Reader, type Writer } from '@rogatory/platform-database';
import type { Cutoffs, ExpiryStore } from '../application/retention/expiry.store.js';
import { heldBy } from './sql-order.store.js';

/** Whether the time of record `e` is over: by legal bases, the times of each, and that of all others. */
export const isOver = (bases: string, cutoffs: string, others: string) =>
  `e.t < coalesce((SELECT c.cutoff FROM unnest(${bases}::smallint[], ${cutoffs}::bigint[]) AS c (basis, cutoff)
      WHERE c.basis = e.legal_basis), ${others})`;
/** The time of record `e` ends at all. */
export const isTimed = `e.ev NOT IN (${lastingEvents.map((event) => `'${event}'`).join(', ')})`;
const hasOpening = 'num_nonnulls(o.who, o.what, o.why, o.src, o.act) > 0';
const shards = prepared('retention/shards', 'SELECT DISTINCT shard FROM audit_event ORDER BY shard');
const due = prepared(
  'retention/due',
  `SELECT e.seq FROM audit_event e JOIN audit_opening o ON o.event_id = e.id
  WHERE e.shard = $1 AND e.seq > $2 AND ${hasOpening} AND ${isTimed}
    AND ${isOver('$3', '$4', '$5')}
    AND NOT EXISTS (${heldBy('$6')})
  ORDER BY e.seq LIMIT $7`,
);
const monthStart = `(extract(epoch FROM (k.month || '-01T00:00:00Z')::timestamptz) * 1000)::bigint`;
const monthEnd = `(extract(epoch FROM (k.month || '-01T00:00:00Z')::timestamptz + interval '1 month') * 1000)::bigint`;
const endedMonths = prepared(
  'retention/ended-months',
  `SELECT k.month FROM audit_month_key k
  WHERE k.month > '0000-00' AND ${monthEnd} <= $1 AND NOT EXISTS (
    SELECT FROM audit_event e JOIN audit_opening o ON o.event_id = e.id
    WHERE e.t >= ${monthStart} AND e.t < ${monthEnd} AND ${hasOpening} AND ${isTimed})
  ORDER BY k.month`,
);
const addEnd = prepared('retention/month-end', 'INSERT INTO audit_month_end (month, record) VALUES ($1, $2)');
const dropKey = prepared('retention/drop-month-key', 'DELETE FROM audit_month_key WHERE month = $1');
const months = prepared('retention/months', 'SELECT month FROM audit_month_key ORDER BY month');

export class SqlExpiryStore implements ExpiryStore {
  async shards(reader: Reader): Promise<readonly string[]> {
    return reader.queryRows(shards, [], (row) => row.text('shard'));
  }

  async due(
    reader: Reader,
    shard: string,
    { nowMs, defaultMs, byBasis }: Cutoffs,
    { after, limit }: { readonly after: number; readonly limit: number },
  ): Promise<readonly number[]> {
    const cutoffs = [[...byBasis.keys()], [...byBasis.values()], defaultMs];
    return reader.queryRows(due, [shard, after, ...cutoffs, nowMs, limit], (row) => row.integer('seq'));
  }

  async endedMonths(reader: Reader, beforeMs: number): Promise<readonly string[]> {
    return reader.queryRows(endedMonths, [beforeMs], (row) => row.text('month'));
  }

  async endMonth(writer: Writer, month: string, record: ActId): Promise<void> {
    await writer.execute(addEnd, [month, record]);
    await writer.execute(dropKey, [month]);
  }

  async months(reader: Reader): Promise<readonly string[]> {
    return reader.queryRows(months, [], (row) => row.text('month'));
  }
}
