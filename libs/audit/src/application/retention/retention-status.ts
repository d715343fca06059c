import type { LegalBasis, RetentionSettings } from '@rogatory/protocol';
import type { Database, JobPrincipal, Reader } from '@rogatory/platform-database';
import type { Cutoffs } from './expiry.store.js';
import { cutoffsOf } from './cutoffs.js';

/** What is kept of the records of one legal basis; of those without one where it is undefined. */
export interface KeptRecords {
  readonly basis: LegalBasis | undefined;
  /** Records with facts that are not erased. */
  readonly kept: number;
  /** Of them, those whose time is over and that nothing holds: the next run of the job clears them. */
  readonly due: number;
  /** Of them, those whose time is over and that a hold keeps. */
  readonly held: number;
}

/** What went, and what keeps the rest. */
export interface RetentionTotals {
  /** Records of which facts were erased because their time was over, and by order of two auditors. */
  readonly expired: number;
  readonly erasedByOrder: number;
  /** Holds in force. */
  readonly holds: number;
  /** Months whose key was destroyed, the newest last. */
  readonly endedMonths: readonly string[];
}

export interface RetentionReader {
  kept(reader: Reader, cutoffs: Cutoffs): Promise<readonly KeptRecords[]>;
  totals(reader: Reader, nowMs: number): Promise<RetentionTotals>;
}

/** One line of the status: a legal basis, for how long it is kept, and what there is. */
export interface RetentionLine extends KeptRecords {
  readonly months: number;
}

export interface RetentionStatus extends RetentionTotals {
  readonly lines: readonly RetentionLine[];
}

const principal: JobPrincipal = { kind: 'job', job: 'audit-retention' };

/** What the nightly job would do now, and what it did; changes nothing. SPEC: retention 5 */
export async function retentionStatus(
  { database, store }: { readonly database: Pick<Database, 'read'>; readonly store: RetentionReader },
  settings: RetentionSettings,
  nowMs: number,
): Promise<RetentionStatus> {
  return database.read(principal, async (reader) => {
    const kept = await store.kept(reader, cutoffsOf(settings, nowMs));
    const monthsOf = (basis: LegalBasis | undefined): number =>
      (basis === undefined ? undefined : settings.months.get(basis)) ?? settings.defaultMonths;
    const shown = new Set(kept.map(({ basis }) => basis));
    const empty = [...settings.months.keys()].filter((basis) => !shown.has(basis));
    const lines = [...kept, ...empty.map((basis) => ({ basis, kept: 0, due: 0, held: 0 }))];
    return {
      lines: lines.map((line) => ({ ...line, months: monthsOf(line.basis) })),
      ...(await store.totals(reader, nowMs)),
    };
  });
}
