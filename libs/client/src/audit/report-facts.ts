import { type AuthorityId, limits } from '@rogatory/kernel';
import type { ReportedFinding, ReportedFindings } from '@rogatory/evidence';
import type { RecordFilter } from '@rogatory/protocol';
import { verificationError } from '../client.errors.js';
import type { Findings, ProposedFinding } from './findings.js';
import type { RecordList, Review } from './review.js';

/** What an auditor asks the log, as far as a report needs it. */
export interface ReportSources {
  readonly findings: Pick<Findings, 'all' | 'recompute'>;
  readonly list: (
    review: Review,
    filter: RecordFilter,
    page: { readonly first: number; readonly beforeIndex?: number },
  ) => Promise<RecordList>;
}

/** The findings as they stand, with what was said of them; why stands sealed in the records of the verdicts. */
export async function findingsOf(
  { findings }: Pick<ReportSources, 'findings'>,
  review: Review,
  { isRecomputed, shard }: { readonly isRecomputed: boolean; readonly shard: string },
): Promise<ReportedFindings> {
  if (!isRecomputed) {
    const { proposed, computedTo } = await findings.all(review, shard);
    return { computedTo, isRecomputed, differences: 0, total: proposed.length, listed: listedOf(proposed) };
  }
  const { proposed, records, differences } = await findings.recompute(review, { shard });
  const counts = { computedTo: records, isRecomputed, differences: differences.length, total: proposed.length };
  return { ...counts, listed: listedOf(proposed) };
}

function listedOf(proposed: readonly ProposedFinding[]): readonly ReportedFinding[] {
  return proposed.slice(0, limits.maxReportFindings).map(({ id, rule, state, finding, verdict }) => ({
    ...{ id, rule, state, records: finding?.recordCount ?? verdict?.recordCount ?? 0 },
    ...(verdict === undefined ? {} : { verdict: verdict.recordId }),
  }));
}

/** Notes of one's own body with an index in the period. */
export async function countNotes(
  { list }: Pick<ReportSources, 'list'>,
  review: Review,
  period: {
    readonly firstIndex: number;
    readonly lastIndex: number;
    readonly authority: AuthorityId;
    readonly shard: string;
  },
): Promise<number> {
  let count = 0;
  let page: { readonly first: number; readonly beforeIndex?: number } = { first: limits.maxPageItems };
  for (;;) {
    const filter = { ...period, event: 'audit.note', outcome: 'allowed' } as const;
    const { records, nextBeforeIndex } = await list(review, filter, page);
    const isAsked = records.every(({ index, leaf }) => {
      const isIn = index !== undefined && index >= period.firstIndex && index <= period.lastIndex;
      return isIn && leaf.ev === 'audit.note' && leaf.out === 'allowed';
    });
    if (!isAsked) throw verificationError('client/answer');
    count += records.length;
    if (nextBeforeIndex === undefined) return count;
    page = { first: limits.maxPageItems, beforeIndex: nextBeforeIndex };
  }
}
