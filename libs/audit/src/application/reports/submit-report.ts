import { type Clock, isRogatoryError } from '@rogatory/kernel';
import { sha256 } from '@rogatory/crypto/verify';
import { decodeReviewReport, type ReportedEpoch, type ReviewReport, verifyReportCounts } from '@rogatory/evidence';
import { auditObjectKinds, auditReportStatement } from '@rogatory/protocol';
import { openCheckpoint, type VerifierKey } from '@rogatory/tlog';
import type { Database } from '@rogatory/platform-database';
import { reportStale, wrongReport } from '../../domain/audit.errors.js';
import type { AuditRecorder } from '../audit-recorder.js';
import type { PromiseSigner } from '../promise-signer.js';
import {
  type ReviewContext,
  reviewEntry,
  reviewPrincipal,
  type ReviewReceipt,
  verifyReviewAct,
  demandReasonText,
  receiptOf,
} from '../review-context.js';
import type { NextPeriod, ReportReader, ReportWriter } from './report.store.js';

export interface SubmitReportParts {
  readonly database: Database;
  readonly reports: Pick<ReportReader, 'next'> & ReportWriter;
  readonly recorder: Pick<AuditRecorder, 'record'>;
  readonly promises: Pick<PromiseSigner, 'promise'>;
  readonly clock: Clock;
  /** The log that takes records now, and the keys that its heads are signed with. */
  readonly log: { readonly origin: string; readonly keys: readonly VerifierKey[] };
}

/** An oversight body hands in what it found; the act signs the very bytes, and is itself recorded. */
export class SubmitReport {
  readonly #parts: SubmitReportParts;

  constructor(parts: SubmitReportParts) {
    this.#parts = parts;
  }

  /**
   * @throws RefusedError `audit/report` for a report that is not this body's, of this log, of the whole scope, or not borne
   * out by its epoch; `audit/report-stale` where another period is due; `audit/reason-missing` without a text; CodecError
   * `evidence/report`; what `verifyAct` and the recorder throw.
   */
  async run(context: ReviewContext, bytes: Uint8Array): Promise<ReviewReceipt> {
    const { database, reports, recorder, promises, clock } = this.#parts;
    const report = decodeReviewReport(bytes);
    const detail = auditReportStatement(report.purpose, report);
    const act = verifyReviewAct(context, 'audit.report', detail, { more: [bytes], clock });
    demandReasonText(act);
    const { size: endIndex, timeMs: untilMs } = this.#demandFits(context, report);
    const recorded = await database.write(reviewPrincipal, async (writer) => {
      demandNext(report, endIndex, await reports.next(writer, report.body));
      const size = { bytes: bytes.length, count: report.authorities.length };
      const what = { objectKind: auditObjectKinds.report, objectHash: sha256(bytes), ...size, detail };
      const recorded = await recorder.record(writer, reviewEntry(context, act, what));
      const { id: recordId, timeMs } = recorded;
      const { body, firstIndex } = report;
      await reports.add(writer, { recordId, body, report: bytes, firstIndex, endIndex, untilMs, timeMs });
      return recorded;
    });
    return receiptOf(recorded, promises);
  }

  #demandFits({ who, scope, purpose }: ReviewContext, report: ReviewReport): ReportedEpoch {
    const { origin, keys } = this.#parts.log;
    const reviewed = [...new Set(scope.authorities)].sort();
    const isWhole =
      reviewed.length === report.authorities.length &&
      report.authorities.every(({ authority }, n) => authority === reviewed[n]);
    if (report.body !== who.authorityId || report.purpose !== purpose || !isWhole) throw wrongReport();
    try {
      return verifyReportCounts(report, origin, (note) => openCheckpoint(note, { origin, logKeys: keys }));
    } catch (cause) {
      if (isRogatoryError(cause)) throw wrongReport(cause);
      throw cause;
    }
  }
}

/** SPEC: review 5.2: periods follow each other without a gap, and none is reported on twice. */
function demandNext(report: ReviewReport, endIndex: number, next: NextPeriod | undefined): void {
  const { firstIndex, fromMs, previous } = report;
  const isNext = next?.firstIndex === firstIndex && next.fromMs === fromMs && next.previous === previous;
  if (!isNext || endIndex <= firstIndex) throw reportStale();
}
