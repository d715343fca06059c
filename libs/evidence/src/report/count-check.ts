import { type AuthorityId, equalBytes, isRogatoryError } from '@rogatory/kernel';
import { nextEpochDigest } from '@rogatory/crypto/verify';
import type { SignedCheckpoint } from '@rogatory/tlog';
import { type ClaimVerdict, notChecked, verdictOf } from '../log/claims.js';
import type { PassedRange, PassingRecord, RecordCheck, RunFacts } from '../records/record-check.js';
import type { ReportCount, ReviewReport } from './review-report.js';
import { type ReportedEpoch, verifyReportCounts } from './verify-report.js';

export interface CountCheckParts {
  /** With the counts of an epoch and their proofs. */
  readonly report: ReviewReport;
  readonly origin: string;
  readonly open: (checkpoint: Uint8Array) => SignedCheckpoint;
}

const kinds = ['acted', 'owned'] as const;
type CountedKind = (typeof kinds)[number];

/**
 * Whether an export that begins with the first record holds, of each authority of its scope, exactly the records that an
 * epoch of the log counts: so many, the same last one, and the same digest over their leaves. SPEC: review 2.5
 */
export class CountCheck implements RecordCheck {
  readonly #parts: CountCheckParts;
  readonly #tallies: Tally[] = [];
  #epoch: ReportedEpoch | undefined;
  #code: string | undefined;
  #first = 0;

  constructor(parts: CountCheckParts) {
    this.#parts = parts;
  }

  begin({ first, scope }: RunFacts): void {
    const { report, origin, open } = this.#parts;
    this.#first = first;
    try {
      this.#epoch = verifyReportCounts(report, origin, open);
    } catch (error) {
      if (!isRogatoryError(error)) throw error;
      this.#code = error.code;
    }
    for (const counted of report.authorities) {
      if (!scope.includes(counted.authority)) continue;
      for (const kind of kinds) this.#tallies.push(new Tally(kind, counted.authority, counted[kind]));
    }
  }

  take(record: PassingRecord): void {
    if (record.openings === undefined || record.index >= (this.#epoch?.size ?? 0)) return;
    for (const tally of this.#tallies) tally.take(record);
  }

  claim({ end, isProven }: PassedRange): ClaimVerdict {
    if (this.#code !== undefined || this.#epoch === undefined)
      return verdictOf('counts', 'fails', { code: this.#code });
    if (this.#first > 0 || end < this.#epoch.size) return notChecked('counts', 'outside-the-range');
    const told = this.#tallies.map((tally) => tally.verdict());
    const facts = { basis: 'commitments' as const, count: told.length };
    if (told.length === 0) return notChecked('counts', 'none-open');
    if (told.includes('differs')) return verdictOf('counts', 'fails', { ...facts, code: 'evidence/counts' });
    const findings = told.filter((one) => one === 'withheld').length;
    if (findings > 0) return verdictOf('counts', 'not-checked', { ...facts, findings, code: 'records-withheld' });
    return verdictOf('counts', isProven ? 'holds' : 'not-checked', facts);
  }
}

interface Running {
  count: number;
  lastIndex: number;
  digest: Uint8Array;
}

/** Records of one subject as they pass: those that are, and beside them those that may be, being erased or restricted. */
class Tally {
  readonly #kind: CountedKind;
  readonly #authority: AuthorityId;
  readonly #counted: ReportCount;
  readonly #own: Running = { count: 0, lastIndex: 0, digest: new Uint8Array(32) };
  readonly #possible: Running = { count: 0, lastIndex: 0, digest: new Uint8Array(32) };

  constructor(kind: CountedKind, authority: AuthorityId, counted: ReportCount) {
    this.#kind = kind;
    this.#authority = authority;
    this.#counted = counted;
  }

  take(record: PassingRecord): void {
    const isOwn = this.#isOwn(record);
    if (isOwn === true) add(this.#own, record);
    if (isOwn !== false) add(this.#possible, record);
  }

  verdict(): 'same' | 'withheld' | 'differs' {
    if ([this.#own, this.#possible].some((running) => isSame(running, this.#counted))) return 'same';
    const isDecided = this.#own.count === this.#possible.count;
    // What is withheld may be of this subject or not: the count has to lie between, else no choice of them gives it.
    const isBetween = this.#own.count <= this.#counted.count && this.#counted.count <= this.#possible.count;
    return !isDecided && isBetween ? 'withheld' : 'differs';
  }

  /** Undefined where the group that says so is committed to and not open. */
  #isOwn({ leaf, groups: { who, what } }: PassingRecord): boolean | undefined {
    const isActing = this.#kind === 'acted';
    if (isActing ? who !== undefined : what !== undefined) {
      return (isActing ? who?.authorityId : what?.ownerAuthorityId) === this.#authority;
    }
    return (isActing ? leaf.com.who : leaf.com.what) === undefined ? false : undefined;
  }
}

function add(running: Running, { index, leafHash }: PassingRecord): void {
  running.count += 1;
  running.lastIndex = index;
  running.digest = nextEpochDigest(running.digest, index, leafHash);
}

function isSame(running: Running, { count, lastIndex, digest }: ReportCount): boolean {
  return running.count === count && running.lastIndex === lastIndex && equalBytes(running.digest, digest);
}
