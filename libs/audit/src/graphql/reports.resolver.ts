import type { RequestContext } from '@rogatory/access';
import { Access } from '@rogatory/access/nest';
import { limits, parseActId } from '@rogatory/kernel';
import { CurrentRequest, IdScalar, Receipts, type ReceiptSink } from '@rogatory/platform-graphql';
import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { ListReports } from '../application/reports/list-reports.js';
import type { StoredReport } from '../application/reports/report.store.js';
import { reviewDueMs } from '../application/reports/review-due.js';
import type { SubmitReport } from '../application/reports/submit-report.js';
import { type ReviewedAuthorities, reviewContextOf } from './review-asker.js';
import { AuditReportPage, AuditReportsArgs, AuditReportView, SubmitReportArgs } from './reports.types.js';

export interface ReportUses {
  readonly listReports: Pick<ListReports, 'run'>;
  readonly submitReport: Pick<SubmitReport, 'run'>;
  readonly authorities: ReviewedAuthorities;
}

/** What oversight bodies report of the log, at least every six months. */
@Resolver()
export class ReportsResolver {
  readonly #use: ReportUses;

  constructor(use: ReportUses) {
    this.#use = use;
  }

  @Query(() => AuditReportPage, {
    description: 'The reports of the own oversight body, newest first, and when the next is due; recorded.',
  })
  @Access('query.auditReports')
  async auditReports(
    @CurrentRequest() ctx: RequestContext,
    @Args() { purpose, first, before }: AuditReportsArgs,
    @Receipts() receipts: ReceiptSink,
  ): Promise<AuditReportPage> {
    const context = reviewContextOf(ctx, this.#use.authorities, { operation: 'query.auditReports', purpose });
    const list = await this.#use.listReports.run(context, {
      first: first ?? limits.maxReportPageItems,
      ...(before === null || before === undefined ? {} : { before: parseActId(before) }),
    });
    receipts.put(list.receipt);
    const { reports, hasMore, next } = list;
    const begins = next && {
      ...{ shard: next.shard, firstIndex: next.firstIndex, fromMs: next.fromMs },
      previous: next.previous ?? null,
    };
    return {
      reports: reports.map(viewOf),
      hasMore,
      next: next === undefined || begins === undefined ? null : { ...begins, dueMs: reviewDueMs(next) },
    };
  }

  @Mutation(() => IdScalar, {
    description: 'Hands in a review report that the act signs; answers with the record of the act.',
  })
  @Access('mutation.submitAuditReport')
  async submitAuditReport(
    @CurrentRequest() ctx: RequestContext,
    @Args() { report, purpose }: SubmitReportArgs,
    @Receipts() receipts: ReceiptSink,
  ): Promise<string> {
    const context = reviewContextOf(ctx, this.#use.authorities, { operation: 'mutation.submitAuditReport', purpose });
    const receipt = await this.#use.submitReport.run(context, report);
    receipts.put(receipt);
    return receipt.recordId;
  }
}

function viewOf({ recordId, report, timeMs }: StoredReport): AuditReportView {
  return { recordId, report, atMs: timeMs };
}
