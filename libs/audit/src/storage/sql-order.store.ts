import {
  type AuthorityId,
  idBytes,
  limits,
  type ObjectId,
  type ActId,
  type DeviceId,
  type PersonId,
} from '@rogatory/kernel';
import type { AuditPurpose, HoldTarget, IndexRange, RecordSet } from '@rogatory/protocol';
import { prepared, type Reader, type RowReader, type SqlValue, type Writer } from '@rogatory/platform-database';
import type {
  NewHold,
  NewOrder,
  OrderSigner,
  OrderStore,
  Reach,
  StoredOrder,
} from '../application/retention/order.store.js';

const columns = `o.id::text AS id, o.body::text AS body, o.statement, o.expires, o.proposal::text AS proposal,
  o.person::text AS person, o.device::text AS device, o.t, x.approval::text AS approval, x.person::text AS approver,
  x.device::text AS approver_device, x.t AS approved, EXISTS (SELECT FROM audit_hold_end h WHERE h.hold = o.id) AS lifted`;
const orders = `SELECT ${columns} FROM audit_order o LEFT JOIN audit_order_execution x ON x.order_id = o.id`;
/** Holds in force at `$now`; `e` is the record. */
export const heldBy = (now: string) => `SELECT h.id FROM audit_hold h
  WHERE h.until > ${now} AND NOT EXISTS (SELECT FROM audit_hold_end n WHERE n.hold = h.id)
    AND (h.case_id = e.case_id OR h.person = e.actor_person OR EXISTS (
      SELECT FROM audit_hold_range r WHERE r.hold = h.id AND r.shard = e.shard AND e.seq BETWEEN r.first AND r.last))`;
/** Records of ranges: $1 shard, $2 and $3 the ends. */
export const ofRanges = `unnest($2::bigint[], $3::bigint[]) AS given (first, last)
  JOIN audit_event e ON e.shard = $1 AND e.seq BETWEEN given.first AND given.last`;

const lock = prepared(
  'retention/lock',
  `SELECT pg_advisory_xact_lock(hashtextextended('rogatory/retention', 0)) AS lock`,
);
const addOrder = prepared(
  'retention/propose',
  `INSERT INTO audit_order (id, body, statement, proposal, person, device, t, expires)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
);
const findOrder = prepared('retention/find', `${orders} WHERE o.id = $1`);
const listOrders = prepared('retention/list', `${orders} WHERE o.body = $1 ORDER BY o.t DESC, o.id LIMIT $2`);
const countOrders = prepared(
  'retention/count',
  `SELECT (SELECT count(*) FROM audit_order o WHERE o.body = $1 AND o.expires >= $2
      AND NOT EXISTS (SELECT FROM audit_order_execution x WHERE x.order_id = o.id)) AS open,
    (SELECT count(*) FROM audit_hold h WHERE h.body = $1 AND h.until > $2
      AND NOT EXISTS (SELECT FROM audit_hold_end n WHERE n.hold = h.id)) AS holds`,
);
const approveOrder = prepared(
  'retention/approve',
  'INSERT INTO audit_order_execution (order_id, approval, person, device, t) VALUES ($1, $2, $3, $4, $5)',
);
// Where who acted was erased before, the body that had it erased still reviews the rest, and no other.
const reach = prepared(
  'retention/reach',
  `SELECT count(*) AS found,
    count(*) FILTER (WHERE NOT CASE
      WHEN e.actor_authority IS NOT NULL THEN e.actor_authority = ANY($4::uuid[])
      WHEN EXISTS (SELECT FROM audit_erased d WHERE d.event_id = e.id AND d.groups & 1 <> 0) THEN EXISTS (
        SELECT FROM audit_erased d JOIN audit_erasure x ON x.record = d.erasure JOIN audit_order o ON o.id = x.order_id
        WHERE d.event_id = e.id AND d.groups & 1 <> 0 AND o.body = ANY($4::uuid[]))
      ELSE coalesce(e.owner_authority = ANY($4::uuid[]), false) END) AS foreign_records,
    count(*) FILTER (WHERE e.cls IN ('audit', 'system') OR e.ev LIKE 'audit.%' OR e.ev LIKE 'log.%') AS kept,
    min((${heldBy('$5')} ORDER BY h.id LIMIT 1)::text) AS hold
  FROM ${ofRanges}`,
);
const holding = prepared(
  'retention/holding',
  `SELECT count(*) AS holds FROM audit_hold h WHERE h.id = $1 AND h.body = $2
    AND NOT EXISTS (SELECT FROM audit_hold_end n WHERE n.hold = h.id)`,
);
const addHold = prepared(
  'retention/hold',
  'INSERT INTO audit_hold (id, body, case_id, person, until) VALUES ($1, $2, $3, $4, $5)',
);
const addRanges = prepared(
  'retention/hold-ranges',
  'INSERT INTO audit_hold_range (hold, shard, first, last) SELECT $4, $1, * FROM unnest($2::bigint[], $3::bigint[])',
);
const endHold = prepared('retention/lift', 'INSERT INTO audit_hold_end (hold, order_id) VALUES ($1, $2)');
const restrict = prepared(
  'retention/restrict',
  `INSERT INTO audit_restriction (event_id, order_id, purpose) SELECT e.id, $4, $5 FROM ${ofRanges}`,
);

/** Shard and ends of ranges, as the statements take them. */
export function rangeParams(shard: string, records: readonly IndexRange[]): readonly SqlValue[] {
  return [shard, records.map(({ first }) => first), records.map(({ last }) => last)];
}

export class SqlOrderStore implements OrderStore {
  async lock(writer: Writer): Promise<void> {
    await writer.execute(lock, []);
  }

  async propose(writer: Writer, { id, body, text, expiresMs, proposed }: NewOrder): Promise<void> {
    const { record, person, device, timeMs } = proposed;
    await writer.execute(addOrder, [id, body, text, record, person, device, timeMs, expiresMs]);
  }

  async find(reader: Reader, id: ObjectId): Promise<StoredOrder | undefined> {
    return reader.queryOne(findOrder, [id], readOrder);
  }

  async list(reader: Reader, body: AuthorityId): Promise<readonly StoredOrder[]> {
    return reader.queryRows(listOrders, [body, limits.maxPageItems], readOrder);
  }

  async count(reader: Reader, body: AuthorityId, nowMs: number) {
    const counts = await reader.queryOne(countOrders, [body, nowMs], (row) => ({
      open: row.integer('open'),
      holds: row.integer('holds'),
    }));
    return counts ?? { open: 0, holds: 0 };
  }

  async approve(writer: Writer, id: ObjectId, { record, person, device, timeMs }: OrderSigner): Promise<void> {
    await writer.execute(approveOrder, [id, record, person, device, timeMs]);
  }

  async reach(reader: Reader, set: RecordSet, authorities: readonly AuthorityId[], nowMs: number): Promise<Reach> {
    const params = [...rangeParams(set.shard, set.records), [...authorities], nowMs];
    const found = await reader.queryOne(reach, params, (row) => ({
      found: row.integer('found'),
      foreign: row.integer('foreign_records'),
      kept: row.integer('kept'),
      hold: optionalId<ObjectId>(row, 'hold'),
    }));
    return found ?? { found: 0, foreign: 0, kept: 0, hold: undefined };
  }

  async isHolding(reader: Reader, hold: ObjectId, body: AuthorityId): Promise<boolean> {
    return (await reader.queryOne(holding, [hold, body], (row) => row.integer('holds'))) === 1;
  }

  async addHold(writer: Writer, { id, body, target, untilMs }: NewHold): Promise<void> {
    const [caseId, person] = subjectOf(target);
    await writer.execute(addHold, [id, body, caseId, person, untilMs]);
    if ('records' in target) await writer.execute(addRanges, [...rangeParams(target.shard, target.records), id]);
  }

  async endHold(writer: Writer, hold: ObjectId, byOrder: ObjectId): Promise<void> {
    await writer.execute(endHold, [hold, byOrder]);
  }

  async restrict(writer: Writer, set: RecordSet, byOrder: ObjectId, purpose: AuditPurpose | undefined): Promise<void> {
    await writer.execute(restrict, [...rangeParams(set.shard, set.records), byOrder, purpose ?? null]);
  }
}

function subjectOf(target: HoldTarget): readonly [Uint8Array | null, string | null] {
  if ('caseId' in target) return [idBytes(target.caseId), null];
  return [null, 'person' in target ? target.person : null];
}

/** UUIDs of the database are written with hyphens. */
export function readId<Id extends string>(row: RowReader, column: string): Id {
  return row.text(column).replaceAll('-', '') as Id;
}

function optionalId<Id extends string>(row: RowReader, column: string): Id | undefined {
  return row.optionalText(column)?.replaceAll('-', '') as Id | undefined;
}

function readOrder(row: RowReader): StoredOrder {
  const approval = optionalId<ActId>(row, 'approval');
  return {
    id: readId<ObjectId>(row, 'id'),
    body: readId<AuthorityId>(row, 'body'),
    text: row.text('statement'),
    expiresMs: row.integer('expires'),
    proposed: {
      record: readId<ActId>(row, 'proposal'),
      person: readId<PersonId>(row, 'person'),
      device: readId<DeviceId>(row, 'device'),
      timeMs: row.integer('t'),
    },
    approved: approval && {
      record: approval,
      person: readId<PersonId>(row, 'approver'),
      device: readId<DeviceId>(row, 'approver_device'),
      timeMs: row.integer('approved'),
    },
    isLifted: row.boolean('lifted'),
  };
}
