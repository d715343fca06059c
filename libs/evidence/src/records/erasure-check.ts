import type { AuditGroup } from '@rogatory/protocol';
import { exportGroups } from '../export/export-file.js';
import { type ClaimVerdict, notChecked, verdictOf } from '../log/claims.js';
import type { LoggedOrders } from './logged-orders.js';
import type { PassedRange, PassingRecord, RecordCheck } from './record-check.js';

/** Tells which openings may be gone, from the records that ordered it. */
export interface ErasureOrders {
  /** Sees every record once, in the order of the log. */
  take(record: PassingRecord): void;
  /** Asked after the last record: whether an order of the log explains that this opening is gone. */
  isExplained(index: number, group: AuditGroup): boolean;
}

/** No record orders an erasure: whatever is gone is unexplained. */
export const noErasureOrders: ErasureOrders = { take: () => undefined, isExplained: () => false };

interface Found {
  readonly index: number;
  readonly code: string;
}

const MOST_KEPT = 4_000_000;
const OPEN = 1 << 5;

/**
 * SPEC: audit 4, retention 3 and 4: inside of the scope every opening is there, or a record of the log says who ordered that
 * it be gone, or that the record be restricted; and none is there that the log says was erased or is restricted. What
 * nothing explains is a finding.
 */
export class ErasureCheck implements RecordCheck {
  readonly #orders: ErasureOrders;
  readonly #marks: Pick<LoggedOrders, 'isRestricted'>;
  /** Places of the records in scope, and beside each its groups as bits: committed to, and above those, open. */
  readonly #places: number[] = [];
  readonly #bits: number[] = [];
  #beyond = 0;
  #count = 0;

  /** @param marks sees every record before this check is asked; whoever gives it shows them to it. */
  constructor(orders: ErasureOrders, marks: Pick<LoggedOrders, 'isRestricted'>) {
    this.#orders = orders;
    this.#marks = marks;
  }

  take(record: PassingRecord): void {
    this.#orders.take(record);
    const { index, leaf, openings } = record;
    if (openings === undefined) return;
    let bits = 0;
    for (const [place, group] of exportGroups.entries()) {
      if (leaf.com[group] === undefined) continue;
      this.#count++;
      bits |= 1 << place;
      if (openings[group] !== undefined) bits |= OPEN << place;
    }
    if (this.#places.length >= MOST_KEPT) {
      this.#beyond++;
      return;
    }
    this.#places.push(index);
    this.#bits.push(bits);
  }

  claim({ isProven }: PassedRange): ClaimVerdict {
    const { first, findings } = this.#findings();
    const facts = { basis: 'commitments' as const, count: this.#count, findings, notChecked: this.#beyond };
    if (first !== undefined) {
      return verdictOf('erasures', 'not-checked', { ...facts, firstBadIndex: first.index, code: first.code });
    }
    if (this.#count === 0) return notChecked('erasures', 'none-open');
    return verdictOf('erasures', isProven && this.#beyond === 0 ? 'holds' : 'not-checked', facts);
  }

  #findings(): { readonly first: Found | undefined; readonly findings: number } {
    let first: Found | undefined;
    let findings = 0;
    for (const [i, index] of this.#places.entries()) {
      const bits = this.#bits[i] ?? 0;
      for (const [place, group] of exportGroups.entries()) {
        if ((bits & (1 << place)) === 0) continue;
        const code = this.#wrong(index, group, (bits & (OPEN << place)) !== 0);
        if (code === undefined) continue;
        first ??= { index, code };
        findings++;
      }
    }
    return { first, findings };
  }

  #wrong(index: number, group: AuditGroup, isOpen: boolean): string | undefined {
    const isErased = this.#orders.isExplained(index, group);
    if (isOpen && isErased) return 'erased-but-open';
    const isRestricted = this.#marks.isRestricted(index);
    if (isOpen && isRestricted) return 'restricted-but-open';
    return isOpen || isErased || isRestricted ? undefined : 'opening-absent';
  }
}
