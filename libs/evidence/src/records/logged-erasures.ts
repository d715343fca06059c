import { isRogatoryError } from '@rogatory/kernel';
import { type AuditGroup, type Erasure, erasureEvents, type IndexRange, parseErasure } from '@rogatory/protocol';
import type { ErasureOrders } from './erasure-check.js';
import type { PassingRecord } from './record-check.js';

/**
 * Erasures as the log itself tells them: opened records of erasure, whose groups were found to be the committed ones.
 * SPEC: retention 3
 */
export class LoggedErasures implements ErasureOrders {
  readonly #shard: string | undefined;
  readonly #ranges = new Map<AuditGroup, IndexRange[]>();
  #isSorted = true;

  /** @param shard name of the log that is verified, for erasures may name records of older logs; all count without. */
  constructor(shard?: string) {
    this.#shard = shard;
  }

  take({ leaf, groups }: PassingRecord): void {
    const event = erasureEvents.find((known) => known === leaf.ev);
    if (event === undefined || leaf.out !== 'allowed' || groups.what === undefined) return;
    const erasure = read(event, groups.what.detail);
    if (erasure === undefined || (this.#shard !== undefined && erasure.shard !== this.#shard)) return;
    for (const group of erasure.groups) {
      this.#ranges.set(group, [...(this.#ranges.get(group) ?? []), ...erasure.records]);
    }
    this.#isSorted = false;
  }

  isExplained(index: number, group: AuditGroup): boolean {
    if (!this.#isSorted) this.#sort();
    const ranges = this.#ranges.get(group) ?? [];
    let [low, high] = [0, ranges.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ranges[middle]?.last ?? 0) < index) low = middle + 1;
      else high = middle;
    }
    const found = ranges[low];
    return found !== undefined && found.first <= index;
  }

  /** Ranges of different erasures may overlap: as one they can be searched. */
  #sort(): void {
    for (const [group, ranges] of this.#ranges) {
      const merged: { first: number; last: number }[] = [];
      for (const { first, last } of ranges.toSorted((a, b) => a.first - b.first)) {
        const before = merged.at(-1);
        if (before !== undefined && first <= before.last + 1) before.last = Math.max(before.last, last);
        else merged.push({ first, last });
      }
      this.#ranges.set(group, merged);
    }
    this.#isSorted = true;
  }
}

/** What a record of erasure names; nothing when its detail is not of that form, for then it explains nothing. */
function read(event: (typeof erasureEvents)[number], detail: string): Erasure | undefined {
  try {
    return parseErasure(event, detail);
  } catch (error) {
    if (isRogatoryError(error)) return undefined;
    throw error;
  }
}
