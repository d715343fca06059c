import { type LegalBasis, legalBases } from '@rogatory/protocol';
import { prepared, type Reader } from '@rogatory/platform-database';
import type { Cutoffs } from '../application/retention/expiry.store.js';
import type { KeptRecords, RetentionReader, RetentionTotals } from '../application/retention/retention-status.js';
import { isOver, isTimed } from './sql-expiry.store.js';
import { heldBy } from './sql-order.store.js';

const kept = prepared(
  'retention/kept',
  `SELECT e.legal_basis AS basis, count(*) AS kept,
    count(*) FILTER (WHERE ${isOver('$1', '$2', '$3')} AND NOT EXISTS (${heldBy('$4')})) AS due,
    count(*) FILTER (WHERE ${isOver('$1', '$2', '$3')} AND EXISTS (${heldBy('$4')})) AS held
  FROM audit_event e JOIN audit_opening o ON o.event_id = e.id
  WHERE num_nonnulls(o.who, o.what, o.why, o.src, o.act) > 0 AND ${isTimed}
  GROUP BY 1 ORDER BY 1 NULLS FIRST`,
);
const totals = prepared(
  'retention/totals',
  `SELECT (SELECT count(DISTINCT d.event_id) FROM audit_erased d JOIN audit_erasure x ON x.record = d.erasure
      WHERE x.order_id IS NULL) AS expired,
    (SELECT count(DISTINCT d.event_id) FROM audit_erased d JOIN audit_erasure x ON x.record = d.erasure
      WHERE x.order_id IS NOT NULL) AS ordered,
    (SELECT count(*) FROM audit_hold h WHERE h.until > $1
      AND NOT EXISTS (SELECT FROM audit_hold_end n WHERE n.hold = h.id)) AS holds`,
);
const endedMonths = prepared('retention/ended', 'SELECT month FROM audit_month_end ORDER BY month');

export class SqlRetentionReader implements RetentionReader {
  async kept(reader: Reader, { nowMs, defaultMs, byBasis }: Cutoffs): Promise<readonly KeptRecords[]> {
    const params = [[...byBasis.keys()], [...byBasis.values()], defaultMs, nowMs];
    return reader.queryRows(kept, params, (row) => ({
      basis: basisOf(row.optionalInteger('basis')),
      ...{ kept: row.integer('kept'), due: row.integer('due'), held: row.integer('held') },
    }));
  }

  async totals(reader: Reader, nowMs: number): Promise<RetentionTotals> {
    const found = await reader.queryOne(totals, [nowMs], (row) => ({
      ...{ expired: row.integer('expired'), erasedByOrder: row.integer('ordered'), holds: row.integer('holds') },
    }));
    const months = await reader.queryRows(endedMonths, [], (row) => row.text('month'));
    return { ...(found ?? { expired: 0, erasedByOrder: 0, holds: 0 }), endedMonths: months };
  }
}

function basisOf(code: number | undefined): LegalBasis | undefined {
  return Object.values(legalBases).find((basis) => basis === code);
}
