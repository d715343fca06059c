import { type ActId, equalBytes, isRogatoryError } from '@rogatory/kernel';
import { verifySignature } from '@rogatory/crypto/verify';
import { decodeSignedReceiptPromise, type ReceiptPromise, signaturePurposes } from '@rogatory/protocol';
import { parseNote, parseTlogProof, type SignedCheckpoint, verifyTlogProof } from '@rogatory/tlog';
import { type ClaimVerdict, verdictOf } from './claims.js';

/** A receipt that somebody kept: the server's promise, its leaf and proof, or both. */
export interface KeptReceipt {
  readonly promise?: Uint8Array;
  readonly leaf?: Uint8Array;
  readonly proof?: Uint8Array;
}

export interface ReceiptTrust {
  readonly origin: string;
  readonly promiseKey?: Uint8Array;
  readonly receipts?: readonly KeptReceipt[];
  readonly nowMs: number;
}

/** A leaf that the log must have: at a place where a proof names one. */
interface OwedLeaf {
  readonly hash: Uint8Array;
  readonly recordId: ActId | undefined;
  readonly code: 'promised-record-missing' | 'proven-record-missing';
  isFound: boolean;
}

type Standing = 'compared' | 'not-due' | 'not-checked';

/**
 * Kept receipts against the log under examination. A proof alone shows no more than that its own head had the leaf: what
 * counts is that this log has that leaf at that place and extends that head. Only what was compared is counted as checked.
 */
export class KeptReceipts {
  readonly #trust: ReceiptTrust;
  readonly #open: (bytes: Uint8Array) => SignedCheckpoint;
  /** Signed heads of the proofs, verbatim: the log has to extend each of them. */
  readonly heads: Uint8Array[] = [];
  /** By the first bytes of the hash: wherever in the log. */
  readonly #promised = new Map<number, OwedLeaf[]>();
  /** By index: there and nowhere else. */
  readonly #proven = new Map<number, OwedLeaf[]>();
  readonly #counts: Record<Standing, number> = { compared: 0, 'not-due': 0, 'not-checked': 0 };
  #bad: Partial<ClaimVerdict> | undefined;

  constructor(trust: ReceiptTrust, open: (bytes: Uint8Array) => SignedCheckpoint) {
    this.#trust = trust;
    this.#open = open;
    for (const receipt of trust.receipts ?? []) this.#read(receipt);
  }

  /** Looks for what is owed among leaves that follow each other in the log. */
  compare(firstIndex: number, leafHashes: readonly Uint8Array[]): void {
    if (this.#counts.compared === 0) return;
    leafHashes.forEach((hash, i) => {
      const index = firstIndex + i;
      for (const owed of this.#promised.get(prefixOf(hash)) ?? []) owed.isFound ||= equalBytes(owed.hash, hash);
      for (const owed of this.#proven.get(index) ?? []) {
        if (equalBytes(owed.hash, hash)) owed.isFound = true;
        else this.#bad ??= { firstBadIndex: index, firstBadRecord: owed.recordId, code: 'proven-record-differs' };
      }
    });
  }

  /** @param isWhole whether every leaf of the log was compared. */
  claim(isWhole: boolean): ClaimVerdict {
    const owed = [...this.#promised.values(), ...this.#proven.values()].flat();
    const missing = owed.find(({ isFound }) => !isFound);
    if (isWhole && missing !== undefined) this.#bad ??= { firstBadRecord: missing.recordId, code: missing.code };
    const { compared, 'not-due': notDue, 'not-checked': unchecked } = this.#counts;
    const facts = { count: compared, notDue, notChecked: unchecked, basis: 'log-and-promise-key' as const };
    if (this.#bad !== undefined) return verdictOf('receipts', 'fails', { ...facts, ...this.#bad });
    if (compared > 0) return verdictOf('receipts', isWhole ? 'holds' : 'not-checked', facts);
    const code = unchecked > 0 ? 'nothing-to-compare' : notDue > 0 ? 'not-due' : 'none-kept';
    return verdictOf('receipts', 'not-checked', { ...facts, code });
  }

  #read({ promise, leaf, proof }: KeptReceipt): void {
    try {
      const promised = promise === undefined ? undefined : this.#promiseOf(promise);
      const standings = [
        ...(promised === undefined ? [] : [this.#owePromised(promised)]),
        ...(leaf === undefined || proof === undefined ? [] : [this.#oweProven(leaf, proof, promised)]),
      ];
      const best = (['compared', 'not-due'] as const).find((standing) => standings.includes(standing));
      this.#counts[best ?? 'not-checked']++;
    } catch (error) {
      if (!isRogatoryError(error)) throw error;
      this.#bad ??= { code: error.code };
    }
  }

  /** The promise, once its signature was checked; undefined without the key to check it by. */
  #promiseOf(bytes: Uint8Array): ReceiptPromise | undefined {
    const { promiseKey } = this.#trust;
    if (promiseKey === undefined) return undefined;
    const { promise, signedBytes, signature } = decodeSignedReceiptPromise(bytes);
    const purpose = signaturePurposes.receiptPromise;
    verifySignature({ purpose, publicKey: promiseKey, message: signedBytes, signature });
    return promise;
  }

  #owePromised({ logOrigin, deadlineMs, recordId, leafHash: hash }: ReceiptPromise): Standing {
    if (logOrigin !== this.#trust.origin) return 'not-checked';
    if (deadlineMs > this.#trust.nowMs) return 'not-due';
    note(this.#promised, prefixOf(hash), { recordId, hash, code: 'promised-record-missing', isFound: false });
    return 'compared';
  }

  #oweProven(leaf: Uint8Array, bytes: Uint8Array, promised: ReceiptPromise | undefined): Standing {
    const proof = parseTlogProof(bytes);
    // Of the log of another half-year, as a promise may be: to be compared with that one.
    if (originOf(proof.checkpoint) !== this.#trust.origin) return 'not-checked';
    const { index, leafHash: hash } = verifyTlogProof(leaf, proof, this.#open);
    const recordId = promised?.recordId;
    if (promised !== undefined && !equalBytes(promised.leafHash, hash)) {
      this.#bad ??= { firstBadIndex: index, firstBadRecord: recordId, code: 'promise-of-another-record' };
    }
    this.heads.push(proof.checkpoint);
    note(this.#proven, index, { recordId, hash, code: 'proven-record-missing', isFound: false });
    return 'compared';
  }
}

/** The first line of a checkpoint; what it is worth, its signature says. */
export function originOf(checkpoint: Uint8Array): string | undefined {
  return parseNote(checkpoint).text.split('\n', 1)[0];
}

function note(leaves: Map<number, OwedLeaf[]>, at: number, leaf: OwedLeaf): void {
  const others = leaves.get(at);
  if (others === undefined) leaves.set(at, [leaf]);
  else others.push(leaf);
}

/** The first four bytes: enough to pass by a million other leaves. */
function prefixOf(hash: Uint8Array): number {
  return new DataView(hash.buffer, hash.byteOffset).getUint32(0);
}
