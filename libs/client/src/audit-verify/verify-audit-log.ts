import { isRogatoryError, toHex } from '@rogatory/kernel';
import { type AuditLeaf, decodeAuditLeaf } from '@rogatory/protocol';
import {
  type EntryBatch,
  evaluateQuorum,
  type LogVerdict,
  openCheckpoint,
  type SignedCheckpoint,
  type TrustPolicy,
  verifyLog,
  type VerifierKey,
} from '@rogatory/tlog';
import { auditClaims, type ClaimVerdict, notChecked, verdictOf } from './claims.js';
import { KeptReceipts, type KeptReceipt } from './kept-receipts.js';
import type { LogSource } from './log-source.js';

export { type AuditClaim, auditClaims, type ClaimVerdict, type TrustBasis } from './claims.js';
export type { KeptReceipt } from './kept-receipts.js';

export interface AuditVerification {
  readonly source: LogSource;
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
  readonly onProgress?: (entries: number, total: number) => void;
}

export interface AuditReport {
  readonly isSound: boolean;
  readonly size: number;
  readonly root: string;
  readonly claims: readonly ClaimVerdict[];
  /** Records by event code, of the leaves that were read. */
  readonly events: ReadonlyMap<string, number>;
}

/**
 * Verifies an audit log from its files alone: bytes, leaves, tree, signed head, older heads, leaf schema, order of times,
 * kept receipts. What is wrong is the answer, with the first bad index; only what the source throws is thrown.
 */
export async function verifyAuditLog(input: AuditVerification): Promise<AuditReport> {
  const checkpoint = await input.source.readCheckpoint();
  if (checkpoint === undefined) return unreadable('checkpoint-missing');
  const witnessKeys = input.policy?.witnesses.map((witness) => witness.key) ?? [];
  const open = (bytes: Uint8Array): SignedCheckpoint =>
    openCheckpoint(bytes, { origin: input.origin, logKeys: input.logKeys, witnessKeys });
  const receipts = new KeptReceipts(input, open);
  const leaves = new LeafWalk(input, receipts, ifOpened(open, checkpoint)?.size ?? 0);
  const verdict = await verifyLog({
    tiles: input.source,
    checkpoint,
    open,
    earlier: [...(input.earlier ?? []), ...receipts.heads],
    onEntries: (batch) => leaves.take(batch),
  });
  const isWhole = verdict.outcome === 'verified';
  const [head, ...tree] = treeClaims(verdict);
  const told = [...tree, ...leaves.claims(verdict), receipts.claim(isWhole)];
  const claims = [head, witnessClaim(input, ifOpened(open, checkpoint)), ...told];
  const isSound = claims.every(({ outcome }) => outcome !== 'fails');
  const size = isWhole ? verdict.checkpoint.size : 0;
  return { isSound, size, root: isWhole ? toHex(verdict.checkpoint.root) : '', claims, events: leaves.events };
}

function unreadable(code: string): AuditReport {
  const claims = auditClaims.map((claim) =>
    verdictOf(claim, claim === 'checkpoint' ? 'fails' : 'not-checked', { code }),
  );
  return { isSound: false, size: 0, root: '', claims, events: new Map() };
}

const headFaults = new Set(['checkpoint-refused']);
const earlierFaults = new Set(['earlier-refused', 'truncated', 'earlier-mismatch']);

/** Whether the quorum of the policy vouches for this head, and lately enough. */
function witnessClaim(
  { policy, witnessedSinceMs = 0, nowMs }: AuditVerification,
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

function treeClaims(verdict: LogVerdict): [ClaimVerdict, ...ClaimVerdict[]] {
  if (verdict.outcome === 'verified') {
    const { earlier } = verdict;
    const { size } = verdict.checkpoint;
    const compared = { count: earlier.length, basis: 'log-key-and-own-heads' as const };
    const before =
      earlier.length > 0 ? verdictOf('earlier-heads', 'holds', compared) : notChecked('earlier-heads', 'none-kept');
    return [verdictOf('checkpoint', 'holds', { count: 1 }), verdictOf('tree', 'holds', { count: size }), before];
  }
  const { fault, index, code } = verdict;
  const failure = { firstBadIndex: index, code: code ?? fault };
  if (headFaults.has(fault)) {
    return [
      verdictOf('checkpoint', 'fails', { code: code ?? fault }),
      notChecked('tree', fault),
      notChecked('earlier-heads', fault),
    ];
  }
  const holds = verdictOf('checkpoint', 'holds', { count: 1 });
  if (earlierFaults.has(fault)) {
    const basis = 'log-key-and-own-heads';
    return [holds, notChecked('tree', fault), verdictOf('earlier-heads', 'fails', { ...failure, basis })];
  }
  return [holds, verdictOf('tree', 'fails', failure), notChecked('earlier-heads', fault)];
}

/** What is checked of each leaf as it passes. */
class LeafWalk {
  readonly #input: AuditVerification;
  readonly #receipts: KeptReceipts;
  readonly events = new Map<string, number>();
  #count = 0;
  #badLeaf: Partial<ClaimVerdict> | undefined;
  #badOrder: Partial<ClaimVerdict> | undefined;
  #newestMs = 0;
  readonly #total: number;

  constructor(input: AuditVerification, receipts: KeptReceipts, total: number) {
    this.#input = input;
    this.#receipts = receipts;
    this.#total = total;
  }

  take({ firstIndex, entries, leafHashes }: EntryBatch): void {
    entries.forEach((entry, i) => this.#leaf(entry, firstIndex + i));
    this.#receipts.compare(firstIndex, leafHashes);
    this.#count += entries.length;
    this.#input.onProgress?.(this.#count, this.#total);
  }

  claims(verdict: LogVerdict): ClaimVerdict[] {
    const isWhole = verdict.outcome === 'verified';
    const outcomeOf = (bad: unknown): ClaimVerdict['outcome'] =>
      bad !== undefined ? 'fails' : isWhole ? 'holds' : 'not-checked';
    const facts = { count: this.#count, basis: 'format' as const };
    const leaves = verdictOf('leaves', outcomeOf(this.#badLeaf), { ...facts, ...this.#badLeaf });
    const order = verdictOf('order', outcomeOf(this.#badOrder), { ...facts, ...this.#badOrder });
    return [leaves, order];
  }

  #leaf(entry: Uint8Array, index: number): void {
    let leaf: AuditLeaf;
    try {
      leaf = decodeAuditLeaf(entry);
    } catch (error) {
      if (!isRogatoryError(error)) throw error;
      this.#badLeaf ??= { firstBadIndex: index, code: error.code };
      return;
    }
    this.events.set(leaf.ev, (this.events.get(leaf.ev) ?? 0) + 1);
    // Records are numbered after they commit, by one sequencer: their times may cross by the work in flight, not more.
    if (leaf.t < this.#newestMs - MAX_CROSSING_MS) {
      this.#badOrder ??= { firstBadIndex: index, firstBadRecord: leaf.id, code: 'time-goes-back' };
    }
    this.#newestMs = Math.max(this.#newestMs, leaf.t);
  }
}

const MAX_CROSSING_MS = 5 * 60_000;
const CLOCK_SKEW_SECONDS = 300;

function ifOpened(open: (bytes: Uint8Array) => SignedCheckpoint, checkpoint: Uint8Array): SignedCheckpoint | undefined {
  try {
    return open(checkpoint);
  } catch (error) {
    if (isRogatoryError(error)) return undefined; // `verifyLog` tells what is wrong with it
    throw error;
  }
}
