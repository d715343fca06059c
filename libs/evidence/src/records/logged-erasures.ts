import { type ActId, isRogatoryError } from '@rogatory/kernel';
import {
  type AuditGroup,
  type Erasure,
  erasureEvents,
  type IndexRange,
  orderEvents,
  parseErasure,
} from '@rogatory/protocol';
import type { ErasureOrders } from './erasure-check.js';
import type { PassingRecord } from './record-check.js';

/** What an erasure needs of the records that it is told among. */
export interface ErasureFacts {
  /** Name of the log that is verified, for erasures may name records of older logs; all count without. */
  readonly shard?: string;
  /** Whether all records before are among them: then the two acts behind every order are. */
  readonly isFromStart?: boolean;
}

/**
 * Erasures as the log itself tells them: opened records of erasure, whose groups were found to be the committed ones, and
 * behind each that was ordered the acts of the two who ordered it. Ask once all records passed. SPEC: retention 3
 */
export class LoggedErasures implements ErasureOrders {
  readonly #shard: string | undefined;
  readonly #isFromStart: boolean;
  readonly #erasures: Erasure[] = [];
  readonly #proposals = new Set<ActId>();
  readonly #approvals = new Set<ActId>();
  #ranges: ReadonlyMap<AuditGroup, readonly IndexRange[]> | undefined;

  constructor({ shard, isFromStart = false }: ErasureFacts = {}) {
    this.#shard = shard;
    this.#isFromStart = isFromStart;
  }

  take({ index, leaf, groups }: PassingRecord): void {
    if (leaf.out !== 'allowed') return;
    if (leaf.ev === orderEvents.erase.propose) this.#proposals.add(leaf.id);
    if (leaf.ev === orderEvents.erase.approve) this.#approvals.add(leaf.id);
    const event = erasureEvents.find((known) => known === leaf.ev);
    if (event === undefined || groups.what === undefined) return;
    const erasure = read(event, groups.what.detail);
    if (erasure === undefined || (this.#shard !== undefined && erasure.shard !== this.#shard)) return;
    // What comes after it cannot have been erased by it: else one record would explain whatever is taken away later.
    if (erasure.records.some(({ last }) => last >= index)) return;
    this.#erasures.push(erasure);
    this.#ranges = undefined;
  }

  isExplained(index: number, group: AuditGroup): boolean {
    this.#ranges ??= this.#merged();
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

  /** An order has the acts of two; that an act is of a device and of whom, other claims tell. */
  #isOrdered({ ordered }: Erasure): boolean {
    if (ordered === undefined || !this.#isFromStart) return true;
    const [proposal, approval] = ordered.approvals;
    return this.#proposals.has(proposal) && this.#approvals.has(approval);
  }

  #merged(): ReadonlyMap<AuditGroup, readonly IndexRange[]> {
    const ranges = new Map<AuditGroup, IndexRange[]>();
    for (const { groups, records } of this.#erasures.filter((erasure) => this.#isOrdered(erasure))) {
      for (const group of groups) {
        const known = ranges.get(group) ?? [];
        known.push(...records);
        ranges.set(group, known);
      }
    }
    return new Map([...ranges].map(([group, some]) => [group, merged(some)]));
  }
}

/** Ranges of different erasures may overlap: as one they can be searched. */
function merged(ranges: readonly IndexRange[]): readonly IndexRange[] {
  const whole: { first: number; last: number }[] = [];
  for (const { first, last } of ranges.toSorted((a, b) => a.first - b.first)) {
    const before = whole.at(-1);
    if (before !== undefined && first <= before.last + 1) before.last = Math.max(before.last, last);
    else whole.push({ first, last });
  }
  return whole;
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
