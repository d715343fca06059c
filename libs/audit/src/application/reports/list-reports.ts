import { type Clock, limits } from '@rogatory/kernel';
import { auditObjectKinds, auditReportsStatement, type ReportPage } from '@rogatory/protocol';
import type { Database } from '@rogatory/platform-database';
import { recordNotFound, wrongFilter } from '../../domain/audit.errors.js';
import type { AuditRecorder } from '../audit-recorder.js';
import type { PromiseSigner } from '../promise-signer.js';
import {
  type ReviewContext,
  reviewEntry,
  reviewPrincipal,
  type ReviewReceipt,
  verifyReviewAct,
  receiptOf,
} from '../review-context.js';
import type { NextPeriod, ReportReader, StoredReport } from './report.store.js';

export interface ListReportsParts {
  readonly database: Database;
  readonly reports: ReportReader;
  readonly recorder: Pick<AuditRecorder, 'record'>;
  readonly promises: Pick<PromiseSigner, 'promise'>;
  readonly clock: Clock;
}

export interface ReportList {
  /** Newest first. */
  readonly reports: readonly StoredReport[];
  readonly hasMore: boolean;
  /** Where the next report of the body has to begin; undefined while there is nothing to review. */
  readonly next: NextPeriod | undefined;
  readonly receipt: ReviewReceipt;
}

/** Auditors ask for the reports of their own body, and whether a review is due. */
export class ListReports {
  readonly #parts: ListReportsParts;

  constructor(parts: ListReportsParts) {
    this.#parts = parts;
  }

  /** @throws RefusedError `audit/filter`, what `verifyAct` and the recorder throw. */
  async run(context: ReviewContext, page: ReportPage): Promise<ReportList> {
    const { database, reports, recorder, promises, clock } = this.#parts;
    const isSized = Number.isSafeInteger(page.first) && page.first >= 1 && page.first <= limits.maxReportPageItems;
    if (!isSized) throw wrongFilter();
    const detail = auditReportsStatement(context.purpose, page);
    const act = verifyReviewAct(context, 'audit.report.list', detail, { clock });
    const body = context.who.authorityId;
    if (body === undefined) throw recordNotFound();
    const { found, next, recorded } = await database.write(reviewPrincipal, async (writer) => {
      const found = await reports.list(writer, body, page);
      const next = await reports.next(writer, body);
      const what = { objectKind: auditObjectKinds.report, count: found.length, detail };
      return { found, next, recorded: await recorder.record(writer, reviewEntry(context, act, what)) };
    });
    const receipt = receiptOf(recorded, promises);
    return { reports: found, hasMore: found.length === page.first, next, receipt };
  }
}
