import { type AuthorityId, type Clock, isRogatoryError } from '@rogatory/kernel';
import { sha256 } from '@rogatory/crypto/verify';
import { decodeReviewReport, type ReportedEpoch, type ReviewReport, verifyReportCounts } from '@rogatory/evidence';
import { auditObjectKinds, auditReportStatement, epochSubjectKinds } from '@rogatory/protocol';
import { openCheckpoint, type VerifierKey } from '@rogatory/tlog';
import type { Database } from '@rogatory/platform-database';
import { reportStale, wrongReport } from '../../domain/audit.errors.js';
import type { AuditRecorder } from '../audit-recorder.js';
import type { CountedLogs } from '../epochs/counted-logs.js';
import { shardNameOf } from '../log/log-readers.js';
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
  /** A log of the server, and the keys that its heads are signed with; undefined for a name of none. */
  readonly logOf: (shard: string) => { readonly origin: string; readonly keys: readonly VerifierKey[] } | undefined;
  readonly counted: Pick<CountedLogs, 'of'>;
}

/** An oversight body hands in what it found; the act signs the very bytes, and is itself recorded. */
export class SubmitReport {
  readonly #parts: SubmitReportParts;

  constructor(parts: SubmitReportParts) {
    this.#parts = parts;
  }

  /**
   * @throws RefusedError `audit/report` for a report that is not this body's, of a log of this server, of the whole scope, or not
   * borne out by its epoch; `audit/report-stale` where another period is due; `audit/reason-missing` without a text; CodecError
   * `evidence/report`; what `verifyAct` and the recorder throw.
   */
  async run(context: ReviewContext, bytes: Uint8Array): Promise<ReviewReceipt> {
    const { database, reports, recorder, promises, clock } = this.#parts;
    const report = decodeReviewReport(bytes);
    const detail = auditReportStatement(report.purpose, report);
    const act = verifyReviewAct(context, 'audit.report', detail, { more: [bytes], clock });
    demandReasonText(act);
    const shard = shardNameOf(report.origin);
    const { size: endIndex, timeMs: untilMs } = await this.#demandFits(context, report, shard);
    const recorded = await database.write(reviewPrincipal, async (writer) => {
      demandNext({ ...report, shard }, endIndex, await reports.next(writer, report.body));
      const size = { bytes: bytes.length, count: report.authorities.length };
      const what = { objectKind: auditObjectKinds.report, objectHash: sha256(bytes), ...size, detail };
      const recorded = await recorder.record(writer, reviewEntry(context, act, what));
      const { id: recordId, timeMs } = recorded;
      const { body, firstIndex } = report;
      await reports.add(writer, { recordId, shard, body, report: bytes, firstIndex, endIndex, untilMs, timeMs });
      return recorded;
    });
    return receiptOf(recorded, promises);
  }

  async #demandFits(
    { who, scope, purpose }: ReviewContext,
    report: ReviewReport,
    shard: string,
  ): Promise<ReportedEpoch> {
    const log = this.#parts.logOf(shard);
    if (log === undefined) throw wrongReport();
    const { origin, keys } = log;
    const reviewed = await this.#countedOf([...new Set(scope.authorities)].sort(), shard);
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

  /** An authority that joined after a log ended is not counted in it, and nothing counts it any more. */
  async #countedOf(authorities: readonly AuthorityId[], shard: string): Promise<readonly AuthorityId[]> {
    const { epochs, isOver } = this.#parts.counted.of(shard);
    const last = isOver ? await epochs.last() : undefined;
    if (last === undefined) return authorities;
    return authorities.filter((authority) =>
      [epochSubjectKinds.actorAuthority, epochSubjectKinds.ownerAuthority].every((kind) =>
        last.map.has({ kind, authority }),
      ),
    );
  }
}

/** SPEC: review 5.2: periods follow each other without a gap, and none is reported on twice. */
function demandNext(
  report: Pick<ReviewReport, 'firstIndex' | 'fromMs' | 'previous'> & Pick<NextPeriod, 'shard'>,
  endIndex: number,
  next: NextPeriod | undefined,
): void {
  const { shard, firstIndex, fromMs, previous } = report;
  const isNext =
    next?.shard === shard && next.firstIndex === firstIndex && next.fromMs === fromMs && next.previous === previous;
  if (!isNext || endIndex <= firstIndex) throw reportStale();
}
