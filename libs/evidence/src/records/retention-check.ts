import {
  type AuditGroup,
  type Erasure,
  isLastingEvent,
  keptFromMs,
  parseErasure,
  type RetentionSettings,
  shortestMonths,
} from '@rogatory/protocol';
import { isRogatoryError } from '@rogatory/kernel';
import { exportGroups } from '../export/export-file.js';
import { type ClaimVerdict, notChecked, verdictOf } from '../log/claims.js';
import type { LoggedOrders } from './logged-orders.js';
import type { PassedRange, PassingRecord, RecordCheck } from './record-check.js';

export interface RetentionParts {
  readonly shard: string;
  readonly settings: RetentionSettings | undefined;
  readonly orders: Pick<LoggedOrders, 'isHeld'>;
}

interface KeptRecord {
  readonly index: number;
  readonly atMs: number;
  readonly months: number;
  readonly held: Parameters<LoggedOrders['isHeld']>[0];
}

interface Expiry {
  readonly atMs: number;
  readonly erasure: Erasure;
}

/** The job that clears comes by once a night; one night that it missed is nobody's fault yet. */
const SLACK_MS = 48 * 3_600_000;
const MOST_KEPT = 1_000_000;

/**
 * SPEC: retention 5: what is open is within its time, or held; what was erased because its time was over was erased neither
 * before any time that the settings know could be over, nor while a hold named it. Anything else is a finding.
 */
export class RetentionCheck implements RecordCheck {
  readonly #parts: RetentionParts;
  /** Times of the records that passed, by place. */
  readonly #times = new Map<number, number>();
  readonly #open: KeptRecord[] = [];
  readonly #expired: Expiry[] = [];
  #beyond = 0;
  #count = 0;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
  }

  take(record: PassingRecord): void {
    const { settings } = this.#parts;
    if (settings === undefined) return;
    const { index, leaf, openings } = record;
    if (this.#times.size < MOST_KEPT) this.#times.set(index, leaf.t);
    else this.#beyond++;
    const expiry = this.#expiryOf(record);
    if (expiry !== undefined) this.#expired.push(expiry);
    if (openings === undefined || isLastingEvent(leaf.ev) || !hasAny(openings)) return;
    this.#count++;
    if (this.#open.length < MOST_KEPT) this.#open.push(keptRecord(record, settings));
  }

  claim({ isProven, asOfMs }: PassedRange): ClaimVerdict {
    const { settings } = this.#parts;
    if (settings === undefined) return notChecked('retention', 'no-settings');
    const overdue = this.#open.filter((kept) => this.#isOverdue(kept, asOfMs)).map(({ index }) => index);
    const early = this.#expired.flatMap((expiry) => this.#early(expiry, settings));
    const findings = [
      ...overdue.map((index) => ({ index, code: 'kept-too-long' })),
      ...early.map((index) => ({ index, code: 'erased-early' })),
    ].toSorted((a, b) => a.index - b.index);
    const counted = { count: this.#count, findings: findings.length, notChecked: this.#beyond };
    const facts = { basis: 'retention-settings' as const, ...counted };
    const [first] = findings;
    if (first !== undefined) {
      return verdictOf('retention', 'not-checked', { ...facts, firstBadIndex: first.index, code: first.code });
    }
    if (this.#count === 0 && this.#expired.length === 0) return notChecked('retention', 'none-open');
    return verdictOf('retention', isProven && this.#beyond === 0 ? 'holds' : 'not-checked', facts);
  }

  #isOverdue({ atMs, months, held }: KeptRecord, asOfMs: number): boolean {
    return atMs < keptFromMs(asOfMs - SLACK_MS, months) && !this.#parts.orders.isHeld(held, asOfMs - SLACK_MS);
  }

  /** The legal basis went with the rest: what counts is the shortest time that any has. */
  #early({ atMs, erasure }: Expiry, settings: RetentionSettings): number[] {
    const latestMs = keptFromMs(atMs, shortestMonths(settings));
    const early: number[] = [];
    for (const { first, last } of erasure.records) {
      for (let index = first; index <= last; index++) {
        const timeMs = this.#times.get(index);
        if (timeMs === undefined) continue;
        const held = { index, caseId: undefined, person: undefined };
        if (timeMs >= latestMs || this.#parts.orders.isHeld(held, atMs)) early.push(index);
      }
    }
    return early;
  }

  #expiryOf({ leaf, groups: { what } }: PassingRecord): Expiry | undefined {
    if (leaf.ev !== 'audit.erase.retention' || leaf.out !== 'allowed' || what === undefined) return undefined;
    try {
      const erasure = parseErasure(leaf.ev, what.detail);
      return erasure.shard === this.#parts.shard ? { atMs: leaf.t, erasure } : undefined;
    } catch (error) {
      if (isRogatoryError(error)) return undefined; // it explains nothing either
      throw error;
    }
  }
}

function hasAny(openings: { readonly [Group in AuditGroup]?: object }): boolean {
  return exportGroups.some((group) => openings[group] !== undefined);
}

/** Where the legal basis itself is gone, the longest time that any has counts. */
function keptRecord({ index, leaf, groups }: PassingRecord, settings: RetentionSettings): KeptRecord {
  const { who, what, why } = groups;
  const isBasisGone = leaf.com.why !== undefined && why === undefined;
  const own = (why && settings.months.get(why.legalBasis)) ?? settings.defaultMonths;
  const months = isBasisGone ? Math.max(settings.defaultMonths, ...settings.months.values()) : own;
  return { index, atMs: leaf.t, months, held: { index, caseId: what?.caseId, person: who?.personId } };
}
