import type { ActId } from '@rogatory/kernel';
import { auditPurposes, type AuditPurpose, valuesOf } from '@rogatory/protocol';
import { prepared, type Reader, type RowReader } from '@rogatory/platform-database';
import { auditGroups } from '../domain/stored-record.js';
import { type RecordMark, type RecordMarks, unmarked } from '../application/retention/record-marks.js';
import { groupBits } from './sql-opening-eraser.js';
import { readId } from './sql-order.store.js';

const findErased = prepared(
  'retention/erased-of',
  `SELECT event_id::text AS event_id, erasure::text AS erasure, groups FROM audit_erased
  WHERE event_id = ANY($1::uuid[]) ORDER BY erasure`,
);
// The newest order on a record counts; one without a purpose released it.
const findRestricted = prepared(
  'retention/restricted-of',
  `SELECT DISTINCT ON (r.event_id) r.event_id::text AS event_id, r.purpose
  FROM audit_restriction r JOIN audit_order_execution x ON x.order_id = r.order_id
  WHERE r.event_id = ANY($1::uuid[]) ORDER BY r.event_id, x.number DESC`,
);

export class SqlRecordMarks implements RecordMarks {
  async of(reader: Reader, ids: readonly ActId[]): Promise<ReadonlyMap<ActId, RecordMark>> {
    const marks = new Map<ActId, RecordMark>();
    const [erased, restricted] = await Promise.all([
      reader.queryRows(findErased, [[...ids]], readErased),
      reader.queryRows(findRestricted, [[...ids]], readRestricted),
    ]);
    for (const { id, mark } of erased) {
      const known = marks.get(id) ?? unmarked;
      marks.set(id, { ...known, erased: [...known.erased, mark] });
    }
    for (const { id, restrictedTo } of restricted) {
      if (restrictedTo !== undefined) marks.set(id, { ...(marks.get(id) ?? unmarked), restrictedTo });
    }
    return marks;
  }
}

function readErased(row: RowReader) {
  const bits = row.integer('groups');
  const groups = auditGroups.filter((group) => (bits & groupBits[group]) !== 0);
  return { id: readId<ActId>(row, 'event_id'), mark: { groups, erasure: readId<ActId>(row, 'erasure') } };
}

function readRestricted(row: RowReader): { readonly id: ActId; readonly restrictedTo: AuditPurpose | undefined } {
  const code = row.optionalInteger('purpose');
  return { id: readId<ActId>(row, 'event_id'), restrictedTo: valuesOf(auditPurposes).find((known) => known === code) };
}
