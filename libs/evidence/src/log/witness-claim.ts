import { isRogatoryError } from '@rogatory/kernel';
import { evaluateQuorum, type SignedCheckpoint } from '@rogatory/tlog';
import { type ClaimVerdict, notChecked, verdictOf } from './claims.js';
import type { LogTrust } from './log-trust.js';

const CLOCK_SKEW_SECONDS = 300;

/** Whether the quorum of the policy vouches for this head, and lately enough. */
export function witnessClaim(
  { policy, witnessedSinceMs = 0, nowMs }: Pick<LogTrust, 'policy' | 'witnessedSinceMs' | 'nowMs'>,
  head: SignedCheckpoint | undefined,
): ClaimVerdict {
  if (policy === undefined) return notChecked('witnesses', 'no-policy');
  if (head === undefined) return notChecked('witnesses', 'checkpoint-refused');
  const seconds = (ms: number): number => Math.floor(ms / 1000);
  const notAfterSeconds = seconds(nowMs) + CLOCK_SKEW_SECONDS;
  const basis = 'witness-keys' as const;
  const all = evaluateQuorum(head, policy, { notAfterSeconds });
  const lately = evaluateQuorum(head, policy, { notAfterSeconds, notBeforeSeconds: seconds(witnessedSinceMs) });
  const facts = { basis, count: lately.witnesses.length };
  if (lately.fulfilled) return verdictOf('witnesses', 'holds', facts);
  return verdictOf('witnesses', 'fails', { ...facts, code: all.fulfilled ? 'witnessed-long-ago' : 'no-quorum' });
}

/** The head, where it opens at all. */
export function ifOpened(
  open: (bytes: Uint8Array) => SignedCheckpoint,
  checkpoint: Uint8Array,
): SignedCheckpoint | undefined {
  try {
    return open(checkpoint);
  } catch (error) {
    if (isRogatoryError(error)) return undefined; // `verifyLog` tells what is wrong with it
    throw error;
  }
}
