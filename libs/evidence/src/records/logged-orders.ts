import { type CaseId, isRogatoryError, type ObjectId, type PersonId } from '@rogatory/kernel';
import { type AuditOrder, type IndexRange, orderEvents, parseAuditOrder } from '@rogatory/protocol';
import type { PassingRecord } from './record-check.js';

interface Restriction {
  readonly isRestricting: boolean;
  readonly records: readonly IndexRange[];
}

interface Hold {
  readonly id: ObjectId;
  readonly target: { readonly records?: readonly IndexRange[]; readonly caseId?: CaseId; readonly person?: PersonId };
  readonly fromMs: number;
  untilMs: number;
}

/** A record as far as a hold may name it. */
export interface HeldFacts {
  readonly index: number;
  readonly caseId: CaseId | undefined;
  readonly person: PersonId | undefined;
}

/**
 * Restrictions and holds as the log itself tells them: the opened records of approved orders. Ask once all records passed.
 * SPEC: retention 4
 */
export class LoggedOrders {
  readonly #shard: string;
  readonly #restrictions: Restriction[] = [];
  readonly #holds: Hold[] = [];

  /** @param shard name of the log that is verified; orders on records of other logs are passed over. */
  constructor(shard: string) {
    this.#shard = shard;
  }

  take({ index, leaf, groups: { what } }: PassingRecord): void {
    const isApproval = leaf.ev === orderEvents.restrict.approve || leaf.ev === orderEvents.hold.approve;
    if (!isApproval || leaf.out !== 'allowed' || what === undefined) return;
    const order = read(what.detail);
    if (order === undefined || orderEvents[order.verb].approve !== leaf.ev) return;
    if (order.verb === 'restrict' || order.verb === 'release') {
      const isOfThisLog = order.shard === this.#shard && order.records.every(({ last }) => last < index);
      if (isOfThisLog) this.#restrictions.push({ isRestricting: order.verb === 'restrict', records: order.records });
    } else if (order.verb === 'hold' && what.objectId !== undefined) {
      this.#hold(order, what.objectId, leaf.t);
    } else if (order.verb === 'lift') {
      for (const hold of this.#holds) if (hold.id === order.hold) hold.untilMs = Math.min(hold.untilMs, leaf.t);
    }
  }

  /** Whether the newest order on this record is one that restricts it. */
  isRestricted(index: number): boolean {
    return this.#restrictions.findLast(({ records }) => isAmong(records, index))?.isRestricting ?? false;
  }

  isHeld({ index, caseId, person }: HeldFacts, atMs: number): boolean {
    return this.#holds.some(({ target, fromMs, untilMs }) => {
      if (atMs < fromMs || atMs >= untilMs) return false;
      if (target.caseId !== undefined && target.caseId === caseId) return true;
      if (target.person !== undefined && target.person === person) return true;
      return isAmong(target.records ?? [], index);
    });
  }

  #hold({ target, untilMs }: Extract<AuditOrder, { verb: 'hold' }>, id: ObjectId, fromMs: number): void {
    if (!('shard' in target)) this.#holds.push({ id, target, fromMs, untilMs });
    else if (target.shard === this.#shard)
      this.#holds.push({ id, target: { records: target.records }, fromMs, untilMs });
  }
}

/** The name that orders have for a log. SPEC: audit 1 */
export function shardOf(origin: string): string {
  return origin.slice(origin.lastIndexOf('/') + 1);
}

function isAmong(ranges: readonly IndexRange[], index: number): boolean {
  return ranges.some(({ first, last }) => first <= index && index <= last);
}

function read(detail: string): AuditOrder | undefined {
  try {
    return parseAuditOrder(detail);
  } catch (error) {
    if (isRogatoryError(error)) return undefined;
    throw error;
  }
}
