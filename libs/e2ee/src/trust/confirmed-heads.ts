import { type DeviceId, equalBytes, limits } from '@rogatory/kernel';
import type { ChainHead, Heartbeat, LogHead } from '@rogatory/protocol';

/** When each other device last spoke of a head that fits ours. Anything signed counts: a heartbeat, an item, a link. */
export type HeadConfirmations = ReadonlyMap<DeviceId, number>;

/** The heads that this device has verified, of one compartment, with their past as far as it is kept. */
export interface KnownHeads {
  readonly newest: ChainHead;
  /** Hash of the link with this number; undefined where it is not kept. */
  linkHashAt(seq: number): Uint8Array | undefined;
  readonly content: LogHead;
  /** Root of the content log at this size; undefined where it is not kept. */
  contentRootAt(size: number): Uint8Array | undefined;
}

/**
 * `confirms`: says nothing against our heads. `ahead`: names more than we know; we are behind or it lies. `conflicts`: a
 * fork, proven by a signature. `unknown`: too old to compare.
 */
export type HeartbeatVerdict = 'confirms' | 'ahead' | 'conflicts' | 'unknown';

/** Compares a verified heartbeat with our own heads. */
export function judgeHeartbeat(
  heartbeat: Pick<Heartbeat, 'chainHead' | 'contentHead'>,
  own: KnownHeads,
): HeartbeatVerdict {
  const { chainHead, contentHead } = heartbeat;
  if (chainHead.seq > own.newest.seq || contentHead.size > own.content.size) return 'ahead';
  const linkHash = chainHead.seq === own.newest.seq ? own.newest.linkHash : own.linkHashAt(chainHead.seq);
  const root = contentHead.size === own.content.size ? own.content.root : own.contentRootAt(contentHead.size);
  if (linkHash !== undefined && !equalBytes(linkHash, chainHead.linkHash)) return 'conflicts';
  if (root !== undefined && !equalBytes(root, contentHead.root)) return 'conflicts';
  return linkHash === undefined || root === undefined ? 'unknown' : 'confirms';
}

/** Notes that a device's signed word at this time fits our heads; a clock ahead of ours counts as now. */
export function confirmHead(
  confirmations: HeadConfirmations,
  word: { readonly deviceId: DeviceId; readonly saidAtMs: number; readonly nowMs: number },
): HeadConfirmations {
  const atMs = Math.min(word.saidAtMs, word.nowMs);
  if (atMs <= (confirmations.get(word.deviceId) ?? -1)) return confirmations;
  return new Map(confirmations).set(word.deviceId, atMs);
}

export interface ConfirmationQuestion {
  readonly confirmations: HeadConfirmations;
  /** Live member devices other than this one. */
  readonly others: Iterable<DeviceId>;
  /** When the compartment last became one of several persons: before that nobody could confirm. */
  readonly sharedSinceMs: number;
  /** From the case policy; a longer time than `limits.headConfirmationMs` is cut to it. */
  readonly confirmationMs: number;
  readonly nowMs: number;
}

/**
 * SPEC: keys 9: a sender MUST NOT seal when no other member has confirmed its head within the policy's time; the only
 * member is exempt.
 */
export function isHeadConfirmed(question: ConfirmationQuestion): boolean {
  const sinceMs = question.nowMs - Math.min(question.confirmationMs, limits.headConfirmationMs);
  let hasOthers = false;
  for (const deviceId of question.others) {
    hasOthers = true;
    if ((question.confirmations.get(deviceId) ?? -1) >= sinceMs) return true;
  }
  return !hasOthers || question.sharedSinceMs >= sinceMs;
}
