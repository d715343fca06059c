import { type ActId, type AuthorityId, equalBytes, limits, parseActId, toBase64, utf8 } from '@rogatory/kernel';
import {
  decodeReviewReport,
  encodeReviewReport,
  type RecordFile,
  type ReportCount,
  type ReportedAuthority,
  type ReportedFindings,
  type ReportEpoch,
  type ReportFile,
  type ReviewReport,
  verifyReportCounts,
  verifyReportFile,
} from '@rogatory/evidence';
import {
  actSubjects,
  auditCountsStatement,
  auditPurposes,
  auditReportsStatement,
  auditReportStatement,
  type CountQuery,
  decodeAuditWhat,
  decodeEpochEntry,
  nameOf,
  type ReportPage,
} from '@rogatory/protocol';
import type { GivenReason } from '../acts/act-chain.js';
import { refusedError, usageError, verificationError } from '../client.errors.js';
import type { Directory } from '../directory/directory.js';
import type { UnlockedKeyStore } from '../keys/key-store.js';
import { auditCountsOperation, auditReportsOperation, submitAuditReportOperation } from '../operations.generated.js';
import type { Gateway } from '../session/gateway.js';
import type { ServerFacts } from '../session/server-facts.js';
import { asBytes, asFlag, asList, asText, asWhole } from '../transport/answer.js';
import { incomplete } from './completeness.js';
import { demandLastEpoch, type LastEpochSources } from './last-epoch.js';
import { demandFollows, endOf } from './next-period.js';
import { openingsOf } from './record-files.js';
import { countNotes, findingsOf, type ReportSources } from './report-facts.js';
import type { Review } from './review.js';

/** A report of one's own oversight body, as the server keeps it; `file` proves it. */
export interface KeptReport {
  /** The record of the act that signs it. */
  readonly recordId: ActId;
  readonly report: ReviewReport;
  readonly atMs: number;
}

/** Where the next report has to begin. */
export interface DueReview {
  /** Name of the log that it is about: the one that ended, until all of that is reported on. */
  readonly shard: string;
  readonly firstIndex: number;
  readonly fromMs: number;
  readonly previous: ActId | undefined;
  /** UTC milliseconds. */
  readonly dueMs: number;
  readonly isDue: boolean;
}

export interface KeptReports {
  /** Newest first. */
  readonly reports: readonly KeptReport[];
  readonly hasMore: boolean;
  /** Undefined while there is nothing to review. */
  readonly next: DueReview | undefined;
}

export interface AuditReportsParts {
  readonly gateway: Gateway;
  readonly directory: Directory;
  readonly server: ServerFacts;
  readonly keys: UnlockedKeyStore;
  readonly sources: ReportSources & Pick<LastEpochSources, 'get'>;
  /** Authorities that the own body reviews. */
  readonly reviewed: () => readonly AuthorityId[];
  /** A record with its proof, verified. */
  readonly recordFile: (review: Review, recordId: ActId) => Promise<RecordFile>;
  readonly reason: (review: Review) => GivenReason;
}

/** An epoch lasts half a minute: whoever meets its end a few times in a row should try later. */
const MAX_ATTEMPTS = 5;

/** The reports that an oversight body owes at least every six months (Reg. (EU) 2019/818 article 24). */
export class AuditReports {
  readonly #parts: AuditReportsParts;

  constructor(parts: AuditReportsParts) {
    this.#parts = parts;
  }

  /** The reports of the own body, and when the next one is due. @throws VerificationError `client/answer`. */
  async list(review: Review, page: Partial<ReportPage> = {}): Promise<KeptReports> {
    const { gateway, directory, reason } = this.#parts;
    await directory.syncWhenOld();
    const asked: ReportPage = { first: limits.maxReportPageItems, ...page };
    const subject = actSubjects.listReports(utf8(auditReportsStatement(review.purpose, asked)));
    const variables = { ...asked, purpose: nameOf(auditPurposes, review.purpose) };
    const call = { variables, subject, reason: reason(review) };
    return gateway.call(auditReportsOperation, call, ({ auditReports }) => ({
      reports: asList(auditReports.reports, asked.first).map((told) => this.#kept(told as ToldReport)),
      hasMore: asFlag(auditReports.hasMore),
      next: auditReports.next === null ? undefined : this.#due(auditReports.next),
    }));
  }

  /**
   * Makes the report that is due, on the log that is due, which may have ended: counts proven by an epoch of the log, the findings with what was said of them, the notes.
   * With `recompute` the findings are computed over the records as well, which reads the whole log.
   * Of a log that ended the epoch has to be its last, and an authority that the report before counted has to be counted.
   * @throws VerificationError for counts that are not proven, `client/incomplete` for such as leave something out; RefusedError `client/contended` while the log moves on too fast.
   */
  async prepare(review: Review, { recompute = false }: { readonly recompute?: boolean } = {}): Promise<ReviewReport> {
    const { directory, keys, server, sources } = this.#parts;
    await directory.syncWhenOld();
    const { next, reports } = await this.list(review, { first: 1 });
    if (next === undefined) throw refusedError('client/not-found');
    const [last] = reports;
    const { origin } = await this.#parts.server.trustFrom(next.shard);
    demandFollows({ ...next, origin }, last && { ...endOf(last.report), recordId: last.recordId });
    // SPEC: review 5.2: logs that were abandoned are passed over.
    const isShown = origin === server.pins().auditOrigin || server.finalSize(origin) !== undefined;
    if (!isShown) throw verificationError('client/answer');
    const { shard, firstIndex, fromMs, previous } = next;
    const { epoch, authorities } = await this.#counts(review, shard, countedBefore(last));
    const size = decodeAuditWhat(epoch.what).bytes;
    const period = { shard, firstIndex, lastIndex: Math.max(firstIndex, size - 1) };
    const findings: ReportedFindings = await findingsOf(sources, review, { isRecomputed: recompute, shard });
    const report: ReviewReport = {
      ...{ origin, body: keys.authorityId, purpose: review.purpose, firstIndex, fromMs },
      ...(previous === undefined ? {} : { previous }),
      ...{ epoch, authorities, findings },
      notes: await countNotes(sources, review, { ...period, authority: keys.authorityId }),
    };
    verifyReportCounts(report, origin, (note) => server.openHead(note));
    await demandLastEpoch({ ...sources, server }, review, { origin, size });
    return report;
  }

  /**
   * Signs the report and hands it in; `justification.text` says what was concluded, sealed to the own body.
   * @returns the record of the act. @throws UsageError `client/input` without a text; RefusedError `audit/report`,
   * `audit/report-stale`.
   */
  async submit(review: Review, report: ReviewReport): Promise<ActId> {
    if ((review.justification?.text ?? '').trim() === '') throw usageError('client/input');
    const { gateway, reason } = this.#parts;
    const bytes = encodeReviewReport(report);
    const statement = utf8(auditReportStatement(report.purpose, report));
    const variables = { report: toBase64(bytes), purpose: nameOf(auditPurposes, report.purpose) };
    const call = { variables, subject: actSubjects.submitReport(statement, bytes), reason: reason(review) };
    const { result, recordId } = await gateway.tell(submitAuditReportOperation, call, ({ submitAuditReport }) =>
      parseActId(asText(submitAuditReport)),
    );
    if (result !== recordId) throw verificationError('client/answer');
    return result;
  }

  /**
   * The report with all that proves it, to be given to others: verified as anybody would, its device by the directory.
   * @throws VerificationError `client/answer` for one that does not hold; RefusedError `client/contended` while its record
   * waits for its place in the log.
   */
  async file(review: Review, { recordId, report }: Pick<KeptReport, 'recordId' | 'report'>): Promise<ReportFile> {
    const { gateway, directory } = this.#parts;
    const file = { report: encodeReviewReport(report), record: await this.#parts.recordFile(review, recordId) };
    const devices = {
      signingKey: (id: Parameters<typeof directory.view.device>[0]) =>
        directory.view.device(id)?.certificate.signingKey,
    };
    const trust = { ...this.#trust(), otherLogs: this.#parts.server.pastTrusts() };
    const told = verifyReportFile({ ...trust, nowMs: gateway.clock.nowMs(), devices, file });
    const isWhole = ['inclusion', 'devices', 'report', 'counts'].every((name) =>
      told.claims.some(({ claim, outcome }) => claim === name && outcome === 'holds'),
    );
    if (!told.isSound || !isWhole) throw verificationError('client/answer');
    return file;
  }

  /** Counts of each authority, all by one epoch: an epoch that ends in between has them asked again. */
  async #counts(
    review: Review,
    shard: string,
    before: ReadonlySet<AuthorityId>,
  ): Promise<Pick<ReviewReport, 'epoch' | 'authorities'>> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const epochs: ReportEpoch[] = [];
      const authorities: ReportedAuthority[] = [];
      for (const authority of [...this.#parts.reviewed()].sort()) {
        const acted = await this.#count(review, { counted: 'actorAuthority', id: authority, shard });
        const owned = await this.#count(review, { counted: 'ownerAuthority', id: authority, shard });
        // Of a log that ended: it joined later, or never had a record in any log. The report names whom it counts.
        const isCounted = acted !== undefined && owned !== undefined;
        if (!isCounted && before.has(authority)) throw incomplete(authority);
        if (!isCounted) continue;
        epochs.push(acted.epoch, owned.epoch);
        authorities.push({ authority, acted: acted.count, owned: owned.count });
      }
      const epoch = epochs.at(-1);
      if (epoch === undefined) throw verificationError('client/answer');
      if (epochs.every(({ leaf }) => equalBytes(leaf, epoch.leaf))) return { epoch, authorities };
    }
    throw refusedError('client/contended');
  }

  async #count(review: Review, query: CountQuery & { readonly shard: string }) {
    const { gateway, reason, server } = this.#parts;
    const subject = actSubjects.readEpochs(utf8(auditCountsStatement(review.purpose, query)));
    const variables = { ...query, purpose: nameOf(auditPurposes, review.purpose) };
    const isOver = this.#trust(query.shard).origin !== server.pins().auditOrigin;
    return gateway.call(auditCountsOperation, { variables, subject, reason: reason(review) }, ({ auditCounts }) => {
      const [count, ...more] = asList(auditCounts.counts, 1) as readonly ToldCount[];
      if (count === undefined && isOver) return undefined;
      if (count === undefined || more.length > 0) throw verificationError('client/answer');
      return { epoch: epochOf(auditCounts.epoch), count: countOf(count) };
    });
  }

  #kept({ recordId, report, atMs }: ToldReport): KeptReport {
    const read = decodeReviewReport(asBytes(report));
    if (read.body !== this.#parts.keys.authorityId) throw verificationError('client/answer');
    return { recordId: parseActId(asText(recordId)), report: read, atMs: asWhole(atMs) };
  }

  #due({ shard, firstIndex, fromMs, previous, dueMs }: ToldDue): DueReview {
    const due = asWhole(dueMs);
    return {
      ...{ shard: asText(shard), firstIndex: asWhole(firstIndex), fromMs: asWhole(fromMs), dueMs: due },
      previous: previous === null ? undefined : parseActId(asText(previous)),
      isDue: due <= this.#parts.gateway.clock.nowMs(),
    };
  }

  #trust(shard?: string) {
    return this.#parts.server.trustIn(shard);
  }
}

/** Of whom the report before this one has records: the last epoch of the same log, or of a later one, has a place for each. */
function countedBefore(last: KeptReport | undefined): ReadonlySet<AuthorityId> {
  const counted = last?.report.authorities.filter(({ acted, owned }) => acted.count + owned.count > 0) ?? [];
  return new Set(counted.map(({ authority }) => authority));
}

interface ToldReport {
  readonly recordId: unknown;
  readonly report: unknown;
  readonly atMs: unknown;
}

interface ToldDue {
  readonly shard: unknown;
  readonly firstIndex: unknown;
  readonly fromMs: unknown;
  readonly previous: unknown;
  readonly dueMs: unknown;
}

interface ToldCount {
  readonly opening: unknown;
  readonly entry: unknown;
  readonly siblings: unknown;
}

function epochOf(told: { readonly leaf: unknown; readonly proof: unknown; readonly groups: unknown }): ReportEpoch {
  const { what } = openingsOf(told.groups);
  if (what === undefined) throw verificationError('client/answer');
  return { leaf: asBytes(told.leaf), opening: what.opening, what: what.bytes, proof: utf8(asText(told.proof)) };
}

function countOf({ opening, entry, siblings }: ToldCount): ReportCount {
  const { count, lastIndex, digest } = decodeEpochEntry(asBytes(entry));
  const beside = asList(siblings, limits.maxPositionDepth).map(asBytes);
  return { count, lastIndex, digest, opening: asBytes(opening), siblings: beside };
}
