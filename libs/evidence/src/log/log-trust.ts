import { openCheckpoint, type SignedCheckpoint, type TrustPolicy, type VerifierKey } from '@rogatory/tlog';
import type { KeptReceipt } from './kept-receipts.js';

/** Whose words count, and what the reader holds from before. */
export interface LogTrust {
  readonly origin: string;
  readonly logKeys: readonly VerifierKey[];
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

/** Opens heads under these keys and no others. */
export function headOpener({
  origin,
  logKeys,
  policy,
}: Pick<LogTrust, 'origin' | 'logKeys' | 'policy'>): (bytes: Uint8Array) => SignedCheckpoint {
  const witnessKeys = policy?.witnesses.map(({ key }) => key) ?? [];
  return (bytes) => openCheckpoint(bytes, { origin, logKeys, witnessKeys });
}
