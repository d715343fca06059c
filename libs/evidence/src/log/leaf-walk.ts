import { isRogatoryError } from '@rogatory/kernel';
import { type AuditLeaf, decodeAuditLeaf } from '@rogatory/protocol';
import type { EntryBatch } from '@rogatory/tlog';
import { type ClaimOutcome, type ClaimVerdict, verdictOf } from './claims.js';
import type { KeptReceipts } from './kept-receipts.js';

const MAX_CROSSING_MS = 5 * 60_000;

/** What is checked of each leaf as it passes. */
export class LeafWalk {
  readonly #receipts: KeptReceipts;
  readonly events = new Map<string, number>();
  #count = 0;
  #badLeaf: Partial<ClaimVerdict> | undefined;
  #unsupported: Partial<ClaimVerdict> | undefined;
  #badOrder: Partial<ClaimVerdict> | undefined;
  #newestMs = 0;

  constructor(receipts: KeptReceipts) {
    this.#receipts = receipts;
  }

  /** Largest time of the leaves so far, ms; 0 before the first. */
  get newestMs(): number {
    return this.#newestMs;
  }

  /** Leaves seen so far. */
  get count(): number {
    return this.#count;
  }

  take({ firstIndex, entries, leafHashes }: EntryBatch): void {
    entries.forEach((entry, i) => this.leaf(entry, firstIndex + i));
    this.#receipts.compare(firstIndex, leafHashes);
  }

  /** One leaf, which the receipts are not asked about; undefined when it is none. */
  leaf(entry: Uint8Array, index: number): AuditLeaf | undefined {
    this.#count++;
    const leaf = this.#decoded(entry, index);
    if (leaf === undefined) return undefined;
    this.events.set(leaf.ev, (this.events.get(leaf.ev) ?? 0) + 1);
    // Records are numbered after they commit, by one sequencer: their times may cross by the work in flight, not more.
    if (leaf.t < this.#newestMs - MAX_CROSSING_MS) {
      this.#badOrder ??= { firstBadIndex: index, firstBadRecord: leaf.id, code: 'time-goes-back' };
    }
    this.#newestMs = Math.max(this.#newestMs, leaf.t);
    return leaf;
  }

  /** @param isWhole whether the leaves that were seen are those of the signed head. */
  claims(isWhole: boolean): ClaimVerdict[] {
    const otherwise: ClaimOutcome = isWhole ? 'holds' : 'not-checked';
    const facts = { count: this.#count, basis: 'format' as const };
    const badLeaf = this.#badLeaf ?? this.#unsupported;
    const leafOutcome = this.#badLeaf ? 'fails' : this.#unsupported ? 'unsupported' : otherwise;
    const leaves = verdictOf('leaves', leafOutcome, { ...facts, ...badLeaf });
    const order = verdictOf('order', this.#badOrder ? 'fails' : otherwise, { ...facts, ...this.#badOrder });
    return [leaves, order];
  }

  /** SPEC: audit 2: an unknown `v` or `ev` is "unsupported", never skipped. */
  #decoded(entry: Uint8Array, index: number): AuditLeaf | undefined {
    try {
      return decodeAuditLeaf(entry);
    } catch (error) {
      if (!isRogatoryError(error)) throw error;
      const bad = { firstBadIndex: index, code: error.code };
      if (error.code === 'codec/unsupported') this.#unsupported ??= bad;
      else this.#badLeaf ??= bad;
      return undefined;
    }
  }
}
