import { type ActId, type Clock, equalBytes, fromBase64, isRogatoryError, limits, utf8 } from '@rogatory/kernel';
import { verifySignature } from '@rogatory/crypto/verify';
import { decodeSignedReceiptPromise, type LogHead, type ReceiptPromise, signaturePurposes } from '@rogatory/protocol';
import { isConsistent, parseTlogProof, type SignedCheckpoint, verifyTlogProof } from '@rogatory/tlog';
import { verificationError } from '../client.errors.js';
import type { Concern, OnConcern } from '../state/concern.js';
import type { DeviceMemory, PastLog } from '../state/device-memory.js';
import type { DeviceState } from '../state/device-state.js';
import { asText, fieldOf } from '../transport/answer.js';
import { openKnownHead } from './known-logs.js';

/** An act whose place in the audit log is proven. */
export interface ProvenReceipt {
  readonly recordId: ActId;
  readonly index: number;
  readonly treeSize: number;
  /** The record's leaf, and its `.tlog-proof`: both together are the offline receipt. */
  readonly leaf: Uint8Array;
  readonly proof: string;
}

/** What the server owes and did not give: its signed promise is the evidence. */
export interface OverdueReceipt {
  readonly recordId: ActId;
  readonly deadlineMs: number;
  readonly signedPromise: Uint8Array;
}

export interface ReceiptReport {
  readonly proven: readonly ProvenReceipt[];
  /** The deadline has not come yet. */
  readonly waiting: number;
  readonly overdue: readonly OverdueReceipt[];
}

/** What the server says of a record of one's own. */
export interface ToldReceipt {
  readonly recordId: ActId;
  readonly leaf: Uint8Array;
  /** Text of a `.tlog-proof`; undefined while the record waits for a signed head. */
  readonly proof: string | undefined;
  /** Hashes that lead from the head of the size asked with to the head of the proof. */
  readonly consistency: readonly Uint8Array[];
}

/**
 * Undefined where the server denies that there is such a record.
 * @param knownSize size of the newest head that this device verified; 0 before the first.
 */
export type AskReceipt = (recordId: ActId, knownSize: number) => Promise<ToldReceipt | undefined>;

export interface ReceiptsParts {
  readonly state: DeviceState;
  readonly clock: Clock;
  readonly onConcern: OnConcern;
  /** Told of each head that a receipt proved, as it was signed. */
  readonly onHead?: (head: SignedCheckpoint) => void;
}

/** Collects the promises that come with answers, and later demands the proofs that they promise. */
export class Receipts {
  readonly #parts: ReceiptsParts;
  #unsaved: Uint8Array[] = [];

  constructor(parts: ReceiptsParts) {
    this.#parts = parts;
  }

  /** Checks and keeps the promise of an answer. The act is done by then, so a fault is a concern and not an error. */
  take(extensions: unknown, actId: ActId | undefined): void {
    if (actId === undefined) return;
    const receipt = fieldOf(extensions, 'receipt');
    const { pins } = this.#parts.state.memory;
    if (receipt === undefined || pins === undefined) return this.#concern('receipt-missing', actId);
    try {
      const bytes = fromBase64(asText(fieldOf(receipt, 'promise')));
      const { recordId, deadlineMs } = verifyPromise(bytes, this.#parts.state.memory);
      const latestMs = this.#parts.clock.nowMs() + limits.receiptDeadlineMs + limits.maxClockSkewMs;
      if (recordId !== actId || deadlineMs > latestMs) throw verificationError('client/receipt');
      this.#unsaved.push(bytes);
    } catch (error) {
      this.#concern('receipt-wrong', actId, error);
    }
  }

  /** The memory with the promises that were not saved yet; they ride along with the next write. */
  noted(memory: DeviceMemory): DeviceMemory {
    if (this.#unsaved.length === 0) return memory;
    const promises = [...memory.promises, ...this.#unsaved];
    this.#unsaved = [];
    return { ...memory, promises };
  }

  /** Saves what is not saved yet. */
  async flush(): Promise<void> {
    if (this.#unsaved.length > 0) await this.#parts.state.set((memory) => this.noted(memory));
  }

  /**
   * Demands the proof of every promise, and drops those that are proven. What is overdue is kept as evidence.
   * @throws VerificationError `client/receipt`, `tlog/…` for a proof that does not hold, and for one under a head that does
   * not extend the one that this device verified before: that stays as it is, and a concern tells which it is.
   */
  async check(ask: AskReceipt): Promise<ReceiptReport> {
    await this.flush();
    const proven: ProvenReceipt[] = [];
    const overdue: OverdueReceipt[] = [];
    const done: Uint8Array[] = [];
    let waiting = 0;
    for (const signedPromise of this.#parts.state.memory.promises) {
      const promise = verifyPromise(signedPromise, this.#parts.state.memory);
      const found = await this.#prove(ask, promise);
      if (found !== undefined) {
        proven.push(found);
        done.push(signedPromise);
      } else if (promise.deadlineMs > this.#parts.clock.nowMs()) waiting++;
      else {
        overdue.push({ recordId: promise.recordId, deadlineMs: promise.deadlineMs, signedPromise });
        this.#concern('receipt-overdue', promise.recordId);
      }
    }
    const isDone = (promise: Uint8Array): boolean => done.some((other) => equalBytes(promise, other));
    await this.#parts.state.set((memory) => ({
      ...memory,
      promises: memory.promises.filter((promise) => !isDone(promise)),
    }));
    return { proven, waiting, overdue };
  }

  async #prove(ask: AskReceipt, promise: ReceiptPromise): Promise<ProvenReceipt | undefined> {
    const before = this.#parts.state.memory;
    let told = await ask(promise.recordId, before.auditHead.size);
    const { memory } = this.#parts.state;
    const known = memory.auditHead;
    // The log turned meanwhile: what was told goes on from a head of the one before.
    if (memory.pins?.auditOrigin !== before.pins?.auditOrigin) told = await ask(promise.recordId, known.size);
    // Denied or not proven yet: the promise stays, and from its deadline on it is the evidence.
    if (told?.proof === undefined) return undefined;
    const open = (bytes: Uint8Array) => openKnownHead(bytes, memory);
    const { index, leafHash, checkpoint } = verifyTlogProof(told.leaf, parseTlogProof(utf8(told.proof)), open);
    if (!equalBytes(leafHash, promise.leafHash)) throw verificationError('client/receipt');
    const { origin } = checkpoint;
    if (!isPromisedIn(promise, origin, memory)) throw verificationError('client/receipt');
    const proven = { recordId: promise.recordId, index, treeSize: checkpoint.size, leaf: told.leaf, proof: told.proof };
    // A log that ended has one head that counts, and it is known.
    if (origin !== memory.pins?.auditOrigin) return proven;
    const broken = breachOf(known, checkpoint, told.consistency);
    if (broken !== undefined) {
      this.#concern(broken, promise.recordId);
      throw verificationError('client/receipt', { details: { knownSize: known.size, size: checkpoint.size } });
    }
    await this.#noteHead(checkpoint);
    this.#parts.onHead?.(checkpoint);
    return proven;
  }

  /** The newest head goes into every later act, so that a log shown to us alone shows when acts are compared. */
  async #noteHead({ size, root }: LogHead): Promise<void> {
    await this.#parts.state.set((memory) =>
      size > memory.auditHead.size ? { ...memory, auditHead: { size, root } } : memory,
    );
  }

  #concern(kind: Concern['kind'], recordId?: ActId, error?: unknown): void {
    const code = isRogatoryError(error) ? { code: error.code } : {};
    this.#parts.onConcern({ kind, ...(recordId === undefined ? {} : { recordId }), ...code });
  }
}

/** How a head told now breaks with one that was verified before; undefined where it extends it. */
function breachOf(
  known: LogHead,
  { size, root }: LogHead,
  consistency: readonly Uint8Array[],
): 'log-shrank' | 'fork' | undefined {
  if (known.size === 0) return undefined;
  if (size < known.size) return 'log-shrank';
  if (size === known.size) return equalBytes(root, known.root) ? undefined : 'fork';
  const heads = { firstSize: known.size, firstRoot: known.root, secondSize: size, secondRoot: root };
  return isConsistent({ ...heads, proof: consistency }) ? undefined : 'fork';
}

/** What was promised of an abandoned log and had no place in it is recorded in one that follows. */
function isPromisedIn({ logOrigin }: ReceiptPromise, origin: string, { pastLogs }: DeviceMemory): boolean {
  if (logOrigin === origin) return true;
  const place = pastLogs.findIndex((log) => log.origin === logOrigin);
  const later = pastLogs.slice(place + 1).map((log) => log.origin);
  return (
    place >= 0 && pastLogs[place]?.reason === 'abandoned' && logOrigin !== origin && isLater(origin, later, pastLogs)
  );
}

/** Either one of those that were left since, or the one that takes records, which is in no list. */
function isLater(origin: string, later: readonly string[], pastLogs: readonly PastLog[]): boolean {
  return later.includes(origin) || !pastLogs.some((log) => log.origin === origin);
}

function verifyPromise(bytes: Uint8Array, { pins, pastLogs }: DeviceMemory): ReceiptPromise {
  if (pins === undefined) throw verificationError('client/server-changed');
  const { promise, signedBytes, signature } = decodeSignedReceiptPromise(bytes);
  const purpose = signaturePurposes.receiptPromise;
  verifySignature({ purpose, publicKey: pins.promiseKey, message: signedBytes, signature });
  const origins = [pins.auditOrigin, ...pastLogs.map(({ origin }) => origin)];
  if (!origins.includes(promise.logOrigin)) throw verificationError('client/receipt');
  return promise;
}
