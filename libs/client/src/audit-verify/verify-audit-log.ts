import { type ActId, equalBytes, isRogatoryError, toHex } from '@rogatory/kernel';
import { verifySignature } from '@rogatory/crypto/verify';
import { type AuditLeaf, decodeAuditLeaf, decodeSignedReceiptPromise, signaturePurposes } from '@rogatory/protocol';
import {
  type EntryBatch,
  type LogVerdict,
  openCheckpoint,
  parseTlogProof,
  type SignedCheckpoint,
  verifyLog,
  verifyTlogProof,
  type VerifierKey,
} from '@rogatory/tlog';
import type { LogSource } from './log-source.js';

/** What was asked of a log, one verdict each. */
export const auditClaims = ['checkpoint', 'tree', 'earlier-heads', 'leaves', 'order', 'receipts'] as const;
export type AuditClaim = (typeof auditClaims)[number];

/** What a verdict rests on besides the bytes. */
export type TrustBasis = 'log-key' | 'log-key-and-own-heads' | 'log-and-promise-key' | 'format';

export interface ClaimVerdict {
  readonly claim: AuditClaim;
  readonly outcome: 'holds' | 'fails' | 'not-checked';
  readonly basis: TrustBasis;
  /** How many things were checked. */
  readonly count: number;
  /** The first that failed: index in the log, where it has one. */
  readonly firstBadIndex: number | undefined;
  readonly firstBadRecord: ActId | undefined;
  /** Code of what is wrong, or why nothing was checked. */
  readonly code: string | undefined;
}

/** A receipt that somebody kept: the server's promise, its leaf and proof, or both. */
export interface KeptReceipt {
  readonly promise?: Uint8Array;
  readonly leaf?: Uint8Array;
  readonly proof?: Uint8Array;
}

export interface AuditVerification {
  readonly source: LogSource;
  readonly origin: string;
  readonly logKeys: readonly VerifierKey[];
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
  const open = (bytes: Uint8Array): SignedCheckpoint =>
    openCheckpoint(bytes, { origin: input.origin, logKeys: input.logKeys });
  const leaves = new LeafWalk(input, open, checkpoint);
  const verdict = await verifyLog({
    tiles: input.source,
    checkpoint,
    open,
    ...(input.earlier && { earlier: input.earlier }),
    onEntries: (batch) => leaves.take(batch),
  });
  const claims = [...treeClaims(verdict, input), ...leaves.claims(verdict)];
  const isSound = claims.every(({ outcome }) => outcome !== 'fails');
  const head = verdict.outcome === 'verified' ? verdict.checkpoint : undefined;
  const size = head?.size ?? 0;
  return { isSound, size, root: head === undefined ? '' : toHex(head.root), claims, events: leaves.events };
}

function unreadable(code: string): AuditReport {
  const claims = auditClaims.map((claim) =>
    verdictOf(claim, claim === 'checkpoint' ? 'fails' : 'not-checked', { code }),
  );
  return { isSound: false, size: 0, root: '', claims, events: new Map() };
}

function verdictOf(
  claim: AuditClaim,
  outcome: ClaimVerdict['outcome'],
  more: Partial<ClaimVerdict> = {},
): ClaimVerdict {
  const blank = { count: 0, firstBadIndex: undefined, firstBadRecord: undefined, code: undefined };
  return { claim, outcome, basis: 'log-key', ...blank, ...more };
}

const headFaults = new Set(['checkpoint-refused']);
const earlierFaults = new Set(['earlier-refused', 'truncated', 'earlier-mismatch']);

function treeClaims(verdict: LogVerdict, { earlier = [] }: AuditVerification): ClaimVerdict[] {
  if (verdict.outcome === 'verified') {
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

function notChecked(claim: AuditClaim, code: string): ClaimVerdict {
  return verdictOf(claim, 'not-checked', { code });
}

/** What is checked of each leaf as it passes. */
class LeafWalk {
  readonly #input: AuditVerification;
  readonly #open: (bytes: Uint8Array) => SignedCheckpoint;
  readonly events = new Map<string, number>();
  /** Leaf hashes that kept promises wait for. */
  readonly #promised = new Map<number, Promised[]>();
  #count = 0;
  #badLeaf: Partial<ClaimVerdict> | undefined;
  #badOrder: Partial<ClaimVerdict> | undefined;
  #badReceipt: Partial<ClaimVerdict> | undefined;
  #receipts = 0;
  #newestMs = 0;
  readonly #total: number;

  constructor(input: AuditVerification, open: (bytes: Uint8Array) => SignedCheckpoint, checkpoint: Uint8Array) {
    this.#input = input;
    this.#open = open;
    this.#total = sizeOf(open, checkpoint);
    for (const receipt of input.receipts ?? []) this.#readReceipt(receipt);
  }

  take({ firstIndex, entries, leafHashes }: EntryBatch): void {
    entries.forEach((entry, i) => this.#leaf(entry, firstIndex + i));
    if (this.#promised.size > 0) for (const hash of leafHashes) this.#find(hash);
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
    return [leaves, order, this.#receiptClaim(isWhole)];
  }

  #receiptClaim(isWhole: boolean): ClaimVerdict {
    const missing = [...this.#promised.values()].flat().find(({ found }) => !found);
    if (isWhole && missing !== undefined) {
      this.#badReceipt ??= { firstBadRecord: missing.recordId, code: 'promised-record-missing' };
    }
    const facts = { count: this.#receipts, basis: 'log-and-promise-key' as const };
    if (this.#badReceipt !== undefined) return verdictOf('receipts', 'fails', { ...facts, ...this.#badReceipt });
    if (this.#receipts === 0) return notChecked('receipts', 'none-kept');
    return verdictOf('receipts', isWhole ? 'holds' : 'not-checked', facts);
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

  #find(hash: Uint8Array): void {
    for (const promised of this.#promised.get(prefixOf(hash)) ?? []) {
      if (equalBytes(promised.hash, hash)) promised.found = true;
    }
  }

  #readReceipt({ promise, leaf, proof }: KeptReceipt): void {
    this.#receipts++;
    try {
      if (promise !== undefined) this.#readPromise(promise);
      if (leaf !== undefined && proof !== undefined) verifyTlogProof(leaf, parseTlogProof(proof), this.#open);
    } catch (error) {
      if (!isRogatoryError(error)) throw error;
      this.#badReceipt ??= { code: error.code };
    }
  }

  #readPromise(bytes: Uint8Array): void {
    const { promiseKey, origin, nowMs } = this.#input;
    if (promiseKey === undefined) return;
    const { promise, signedBytes, signature } = decodeSignedReceiptPromise(bytes);
    const purpose = signaturePurposes.receiptPromise;
    verifySignature({ purpose, publicKey: promiseKey, message: signedBytes, signature });
    if (promise.logOrigin !== origin || promise.deadlineMs > nowMs) return;
    const { recordId, leafHash: hash } = promise;
    const others = this.#promised.get(prefixOf(hash)) ?? [];
    this.#promised.set(prefixOf(hash), [...others, { recordId, hash, found: false }]);
  }
}

/** A record that a signed promise says is in the log. */
interface Promised {
  readonly recordId: ActId;
  readonly hash: Uint8Array;
  found: boolean;
}

/** The first four bytes: enough to pass by a million other leaves. */
function prefixOf(hash: Uint8Array): number {
  return new DataView(hash.buffer, hash.byteOffset).getUint32(0);
}

const MAX_CROSSING_MS = 5 * 60_000;

function sizeOf(open: (bytes: Uint8Array) => SignedCheckpoint, checkpoint: Uint8Array): number {
  try {
    return open(checkpoint).size;
  } catch (error) {
    if (isRogatoryError(error)) return 0; // `verifyLog` tells what is wrong with it
    throw error;
  }
}
