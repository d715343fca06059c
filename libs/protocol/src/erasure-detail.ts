import { type ActId, CodecError, limits, type ObjectId, parseActId, parseObjectId } from '@rogatory/kernel';
import type { AuditEventCode, AuditGroup } from './audit-events.js';
import { type EraseOrder, parseAuditOrder, parseRanges, rangesText, type RecordSet } from './audit-order.js';

/** The order behind an erasure, with the records of the two acts that made it. */
export interface OrderedErasure {
  readonly order: EraseOrder;
  readonly orderId: ObjectId;
  readonly approvals: readonly [ActId, ActId];
}

/** What a record of erasure names: places, groups, and the order unless their time was over. */
export interface Erasure extends RecordSet {
  readonly groups: readonly AuditGroup[];
  readonly ordered: OrderedErasure | undefined;
}

/** Events whose records name what was erased; open to every auditor. */
export const erasureEvents = ['audit.erase', 'audit.erase.retention'] as const satisfies readonly AuditEventCode[];

/**
 * What the log says of itself: it names nobody, is open to every auditor, and its openings never end. Whoever ordered an
 * erasure is named by the two acts alone, and their time ends as that of any act. SPEC: retention 5
 */
export const lastingEvents = [
  ...erasureEvents,
  'audit.erase.month',
  'log.genesis',
  'log.shard.close',
] as const satisfies readonly AuditEventCode[];

/** Whether the openings of an event are never erased. */
export function isLastingEvent(event: string): boolean {
  return lastingEvents.some((lasting) => lasting === event);
}

const ORDERED = /^(.*) order=([0-9a-f]{32}) approvals=([0-9a-f]{32}),([0-9a-f]{32})$/;
const EXPIRED = /^shard=([a-z0-9-]{1,32}) records=([0-9,-]{1,1900}) groups=([a-z,]{3,24})$/;
const groupOrder: readonly AuditGroup[] = ['who', 'what', 'why', 'src', 'act'];

/** Detail of an `audit.erase` record: the text of the order as it was signed, and who made it. SPEC: retention 3 */
export function orderedErasureText(orderText: string, orderId: ObjectId, approvals: readonly [ActId, ActId]): string {
  return `${orderText} order=${orderId} approvals=${approvals.join(',')}`;
}

/** Detail of an `audit.erase.retention` record. SPEC: retention 5 */
export function expiredErasureText({ shard, records, groups }: Omit<Erasure, 'ordered'>): string {
  return `shard=${shard} records=${rangesText(records)} groups=${groups.join(',')}`;
}

/**
 * What a record of erasure names.
 * @throws CodecError `codec/order` for a detail that is not of this event.
 */
export function parseErasure(event: (typeof erasureEvents)[number], detail: string): Erasure {
  return event === 'audit.erase' ? parseOrdered(detail) : parseExpired(detail);
}

function parseOrdered(detail: string): Erasure {
  const [, text = '', orderId = '', proposal = '', approval = ''] = ORDERED.exec(detail) ?? [];
  const order = parseAuditOrder(text);
  if (order.verb !== 'erase') throw wrong();
  const approvals = [parseActId(proposal), parseActId(approval)] as const;
  const { shard, records, groups } = order;
  return { shard, records, groups, ordered: { order, orderId: parseObjectId(orderId), approvals } };
}

function parseExpired(detail: string): Erasure {
  const [, shard, records = '', names = ''] = EXPIRED.exec(detail) ?? [];
  const groups = groupOrder.filter((group) => names.split(',').includes(group));
  if (shard === undefined || groups.join(',') !== names) throw wrong();
  const erasure = { shard, records: parseRanges(records), groups, ordered: undefined };
  if (expiredErasureText(erasure) !== detail || detail.length > limits.maxAuditDetailBytes) throw wrong();
  return erasure;
}

function wrong(): CodecError<'codec/order'> {
  return new CodecError('codec/order', 'not the detail of an erasure');
}
