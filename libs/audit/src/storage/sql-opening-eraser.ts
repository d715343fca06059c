import type { ActId, ObjectId } from '@rogatory/kernel';
import type { AuditGroup, RecordSet } from '@rogatory/protocol';
import { prepared, type Writer } from '@rogatory/platform-database';
import type { OpeningEraser } from '../application/retention/order.store.js';
import { ofRanges, rangeParams } from './sql-order.store.js';

/** Groups as the bits by which the database knows them. */
export const groupBits: Readonly<Record<AuditGroup, number>> = { who: 1, what: 2, why: 4, src: 8, act: 16 };

const addErasure = prepared('retention/erasure', 'INSERT INTO audit_erasure (record, order_id) VALUES ($1, $2)');
const addErased = prepared(
  'retention/erased',
  `INSERT INTO audit_erased (event_id, erasure, groups) SELECT e.id, $4, $5 FROM ${ofRanges}`,
);
const cleared = (groups: readonly AuditGroup[], column: string) =>
  `${column} = CASE WHEN x.groups & ${groups.reduce((bits, group) => bits | groupBits[group], 0)} <> 0
    THEN NULL ELSE o.${column} END`;
const byGroup: readonly (readonly [readonly AuditGroup[], readonly string[]])[] = [
  [['who'], ['actor_person', 'actor_device', 'actor_authority']],
  [['what'], ['owner_authority', 'case_id', 'compartment_id', 'object_id']],
  [['why'], ['legal_basis']],
  [['who', 'act'], ['act_counter']],
];
const names: readonly AuditGroup[] = ['who', 'what', 'why', 'src', 'act'];
const clearOpenings = prepared(
  'retention/clear-openings',
  `UPDATE audit_opening AS o SET ${names.map((name) => cleared([name], name)).join(', ')}
  FROM audit_erased x WHERE x.erasure = $1 AND o.event_id = x.event_id`,
);
const clearColumns = prepared(
  'retention/clear-columns',
  `UPDATE audit_event AS o
  SET ${byGroup.flatMap(([groups, columns]) => columns.map((column) => cleared(groups, column))).join(', ')}
  FROM audit_erased x WHERE x.erasure = $1 AND o.id = x.event_id`,
);

export class SqlOpeningEraser implements OpeningEraser {
  async erase(
    writer: Writer,
    record: ActId,
    { shard, records, groups }: RecordSet & { readonly groups: readonly AuditGroup[] },
    order?: ObjectId,
  ): Promise<number> {
    const bits = groups.reduce((sum, group) => sum | groupBits[group], 0);
    await writer.execute(addErasure, [record, order ?? null]);
    const count = await writer.execute(addErased, [...rangeParams(shard, records), record, bits]);
    await writer.execute(clearOpenings, [record]);
    await writer.execute(clearColumns, [record]);
    return count;
  }
}
