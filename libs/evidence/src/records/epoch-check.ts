import { isRogatoryError, limits } from '@rogatory/kernel';
import { parseEpochDetail } from '@rogatory/protocol';
import { type ClaimVerdict, notChecked, verdictOf } from '../log/claims.js';
import type { PassedRange, PassingRecord, RecordCheck, RunFacts } from './record-check.js';

interface SeenEpoch {
  readonly index: number;
  readonly number: number;
  /** Records below were counted. */
  readonly size: number;
}

interface Found {
  readonly firstBadIndex: number;
  readonly code: string;
}

/** Counting takes a while, and a server that just started makes its epoch when it gets to it. */
const SLACK_MS = 15 * 60_000;
const MOST_KEPT = 1_000_000;

/**
 * SPEC: review 2.3: the log commits to its counts in epochs that are numbered from 1 without a gap, each covering no less
 * than the one before and nothing that comes after it, and at most an hour apart while records come. A number that is missing
 * and an hour without an epoch are findings; epochs that contradict the log or each other fail. What they count only their
 * server can show (SPEC: review 2.4).
 */
export class EpochCheck implements RecordCheck {
  readonly #isFromStart: boolean;
  readonly #epochs: SeenEpoch[] = [];
  /** Places of epochs that are not open (any more): their numbers are not known, that there is one is. */
  readonly #closed: number[] = [];
  readonly #late: Found[] = [];
  #newestMs: number | undefined;
  /** Time of the first record behind the newest epoch. */
  #waitingMs: number | undefined;
  /** First time since an epoch was due at which a record shows that the server was at work. */
  #atWorkMs: number | undefined;
  #isToldLate = false;
  #bad: Found | undefined;

  constructor({ first }: RunFacts) {
    this.#isFromStart = first === 0;
  }

  take(record: PassingRecord): void {
    const { leaf, index } = record;
    if (leaf.ev !== 'log.epoch') {
      this.#other(leaf.t, index);
      return;
    }
    this.#newestMs = Math.max(this.#newestMs ?? 0, leaf.t);
    this.#waitingMs = undefined;
    this.#atWorkMs = undefined;
    this.#isToldLate = false;
    const epoch = this.#read(record);
    if (epoch !== undefined && this.#epochs.length < MOST_KEPT) this.#epochs.push(epoch);
    if (record.groups.what === undefined && this.#closed.length < MOST_KEPT) this.#closed.push(record.index);
  }

  claim({ isProven }: PassedRange): ClaimVerdict {
    // Two that were made at once may have been numbered by the log the other way round.
    const epochs = this.#epochs.toSorted((a, b) => a.number - b.number || a.index - b.index);
    const bad = this.#bad ?? contradictionOf(epochs);
    const found = [...this.#gaps(epochs), ...this.#late].toSorted((a, b) => a.firstBadIndex - b.firstBadIndex);
    const facts = { basis: 'commitments' as const, count: epochs.length, findings: found.length };
    if (bad !== undefined) return verdictOf('epochs', 'fails', { ...facts, ...bad });
    if (found.length > 0) return verdictOf('epochs', 'not-checked', { ...facts, ...found[0] });
    if (epochs.length === 0) return notChecked('epochs', 'none-open');
    return verdictOf('epochs', isProven ? 'holds' : 'not-checked', facts);
  }

  /** SPEC: review 2.3: an epoch MUST be made when the newest is an hour old and other records came since. */
  #other(atMs: number, index: number): void {
    this.#waitingMs ??= atMs;
    // Of a log from its start the first epoch is due at once; elsewhere one may stand just before.
    const before = this.#newestMs ?? (this.#isFromStart ? Number.NEGATIVE_INFINITY : this.#waitingMs);
    if (atMs < Math.max(before + limits.epochMs, this.#waitingMs)) return;
    this.#atWorkMs ??= atMs;
    if (this.#isToldLate || atMs <= this.#atWorkMs + SLACK_MS) return;
    this.#isToldLate = true;
    this.#late.push({ firstBadIndex: index, code: 'epoch-late' });
  }

  /** What an epoch says, where it is open; that it is one the leaf alone tells. */
  #read({ leaf, index, groups: { what } }: PassingRecord): SeenEpoch | undefined {
    if (what === undefined) return undefined;
    try {
      const epoch = { index, number: parseEpochDetail(what.detail), size: what.bytes };
      const isOne = what.objectHash !== undefined && leaf.out === 'allowed' && epoch.size <= index;
      if (!isOne) this.#bad ??= { firstBadIndex: index, code: 'epoch-contradicts' };
      return epoch;
    } catch (error) {
      if (!isRogatoryError(error)) throw error;
      this.#bad ??= { firstBadIndex: index, code: error.code };
      return undefined;
    }
  }

  /** Numbers that neither an open epoch before has nor one that is not open can have. */
  #gaps(epochs: readonly SeenEpoch[]): Found[] {
    let expected = this.#isFromStart ? 1 : (epochs[0]?.number ?? 1);
    let [passed, taken] = [0, 0];
    return epochs.flatMap(({ number, index }) => {
      while ((this.#closed[passed] ?? index) < index) passed++;
      const missing = number - expected;
      expected = number + 1;
      if (missing < 0 || missing > passed - taken) return [{ firstBadIndex: index, code: 'epoch-gap' }];
      taken += missing;
      return [];
    });
  }
}

/** @param epochs by their numbers. */
function contradictionOf(epochs: readonly SeenEpoch[]): Found | undefined {
  const wrong = epochs.find(({ number, size }, i) => {
    const before = epochs[i - 1];
    return before !== undefined && (number === before.number || size < before.size);
  });
  return wrong && { firstBadIndex: wrong.index, code: 'epoch-contradicts' };
}
