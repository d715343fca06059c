import type { ActId } from '@rogatory/kernel';
import type { ReviewReport } from '@rogatory/evidence';
import { decodeAuditLeaf, decodeAuditWhat } from '@rogatory/protocol';
import { verificationError } from '../client.errors.js';

/** Where a server says that the next report begins. */
export interface ToldPeriod {
  readonly origin: string;
  readonly firstIndex: number;
  readonly fromMs: number;
  readonly previous: ActId | undefined;
}

/** Where the last report of a body ended. */
export interface EndedPeriod {
  readonly recordId: ActId;
  readonly origin: string;
  /** The first record that it did not cover. */
  readonly endIndex: number;
  readonly untilMs: number;
}

/** What a report says of its own end: the size that its epoch covers, and its time. */
export function endOf({ origin, epoch }: Pick<ReviewReport, 'origin' | 'epoch'>): Omit<EndedPeriod, 'recordId'> {
  return { origin, endIndex: decodeAuditWhat(epoch.what).bytes, untilMs: decodeAuditLeaf(epoch.leaf).t };
}

/**
 * The next report begins where the last one of the body ended: on the same log with the first record that it did not cover, on another
 * with the first of all; and it names it. Without a last one it begins with the first record. SPEC: review 5.2
 * @throws VerificationError `client/answer`.
 */
export function demandFollows(next: ToldPeriod, last: EndedPeriod | undefined): void {
  const begin = last?.origin === next.origin ? last.endIndex : 0;
  const isTimed = last === undefined || next.fromMs === last.untilMs;
  const isNext = next.previous === last?.recordId && next.firstIndex === begin;
  if (!isNext || !isTimed) throw verificationError('client/answer');
}
