import { openCheckpoint, type SignedCheckpoint, type TrustPolicy, type VerifierKey } from '@rogatory/tlog';
import type { KeptReceipt } from './kept-receipts.js';

/** Whose words count, and what the reader holds from before. */
export interface LogTrust {
  readonly origin: string;
  readonly logKeys: readonly VerifierKey[];
  /** Logs before or after it, whose keys the reader pins as well: a report on one log is a record of another. */
  readonly otherLogs?: readonly Pick<LogTrust, 'origin' | 'logKeys'>[];
  /** Witnesses whose quorum has to vouch for the head; without it nobody but the log's signer does. */
  readonly policy?: TrustPolicy;
  /** Words of witnesses from before this time do not count, ms: for a log that claims to be live. */
  readonly witnessedSinceMs?: number;
  /** The key of receipt promises; promises are not checked without it. */
  readonly promiseKey?: Uint8Array;
  /** Signed checkpoints from before: the log has to extend every one of them. */
  readonly earlier?: readonly Uint8Array[];
  readonly receipts?: readonly KeptReceipt[];
  /** The verifier's clock: a promise is due from its deadline on. */
  readonly nowMs: number;
}

/** The same trust for the log of this origin, where the reader knows it; else as it is, under which nothing of that log opens. */
export function trustAt<Trust extends Pick<LogTrust, 'origin' | 'logKeys' | 'otherLogs'>>(
  trust: Trust,
  origin: string | undefined,
): Trust {
  const other = trust.otherLogs?.find((known) => known.origin === origin);
  return trust.origin === origin || other === undefined ? trust : { ...trust, ...other };
}

/** Opens heads under these keys and no others. */
export function headOpener({
  origin,
  logKeys,
  policy,
}: Pick<LogTrust, 'origin' | 'logKeys' | 'policy'>): (bytes: Uint8Array) => SignedCheckpoint {
  const witnessKeys = policy?.witnesses.map(({ key }) => key) ?? [];
  return (bytes) => openCheckpoint(bytes, { origin, logKeys, witnessKeys });
}
