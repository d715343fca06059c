import type { AuditGroup } from '@rogatory/protocol';
import { exportGroups } from '../export/export-file.js';
import { type ClaimVerdict, notChecked, verdictOf } from '../log/claims.js';
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

interface Absence {
  readonly index: number;
  readonly group: AuditGroup;
}

const MOST_KEPT = 1_000_000;

/**
 * SPEC: audit 4: inside of the scope every opening is there, or a record of the log says who ordered that it be gone.
 * An absence that nothing explains is a finding.
 */
export class ErasureCheck implements RecordCheck {
  readonly #orders: ErasureOrders;
  readonly #absent: Absence[] = [];
  #beyond = 0;
  #count = 0;

  constructor(orders: ErasureOrders) {
    this.#orders = orders;
  }

  take(record: PassingRecord): void {
    this.#orders.take(record);
    const { index, leaf, openings } = record;
    if (openings === undefined) return;
    for (const group of exportGroups) {
      if (leaf.com[group] === undefined) continue;
      this.#count++;
      if (openings[group] !== undefined) continue;
      if (this.#absent.length < MOST_KEPT) this.#absent.push({ index, group });
      else this.#beyond++;
    }
  }

  claim({ isProven }: PassedRange): ClaimVerdict {
    const open = this.#absent.filter(({ index, group }) => !this.#orders.isExplained(index, group));
    const facts = {
      basis: 'commitments' as const,
      count: this.#count,
      findings: open.length,
      notChecked: this.#beyond,
    };
    const [first] = open;
    if (first !== undefined) {
      const place = { firstBadIndex: first.index, code: 'opening-absent' };
      return verdictOf('erasures', 'not-checked', { ...facts, ...place });
    }
    if (this.#count === 0) return notChecked('erasures', 'none-open');
    return verdictOf('erasures', isProven && this.#beyond === 0 ? 'holds' : 'not-checked', facts);
  }
}
