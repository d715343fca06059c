import { equalBytes, fromBase64Url, isRogatoryError, utf8, VerificationError } from '@rogatory/kernel';
import { actPayloadHash, checkCommitment, epochCommitment, epochPosition, sha256 } from '@rogatory/crypto/verify';
import {
  type AuditLeaf,
  auditReportStatement,
  decodeAuditLeaf,
  decodeAuditWhat,
  encodeEpochEntry,
  encodeEpochSubject,
  type EpochFacts,
  epochSubjectKinds,
  parseEpochDetail,
} from '@rogatory/protocol';
import { parseNote, parseTlogProof, type SignedCheckpoint, verifyPosition, verifyTlogProof } from '@rogatory/tlog';
import { areSound, type ClaimVerdict, notChecked, verdictOf } from '../log/claims.js';
import { headOpener, type LogTrust, trustAt } from '../log/log-trust.js';
import { witnessClaim } from '../log/witness-claim.js';
import type { AuditReport } from '../log/verify-audit-log.js';
import { verifyRecordFile } from '../proofs/verify-proofs.js';
import { type ReadGroups, readGroups } from '../records/open-groups.js';
import type { OpenedRecordsParts } from '../records/opened-records.js';
import type { ReportFile } from './report-file.js';
import { decodeReviewReport, type ReportCount, type ReviewReport } from './review-report.js';

/** The epoch that a report rests on, found to be a record of the log. */
export interface ReportedEpoch extends EpochFacts {
  /** Server's time of the epoch, UTC milliseconds: the end of the period. */
  readonly timeMs: number;
  /** Size of the signed head that its record was proven in. */
  readonly provenIn: number;
}

/**
 * Verifies a review report: that its record stands in the log, that the act in it signs exactly these bytes, and that the log
 * itself counts what the report says. Whether the device is one of the body's, the claim `devices` tells, given a directory.
 * What is wrong is the answer.
 */
export function verifyReportFile(input: LogTrust & OpenedRecordsParts & { readonly file: ReportFile }): AuditReport {
  const { report, record } = input.file;
  // The report on a log that ended is a record of one that follows.
  const told = verifyRecordFile({ ...trustAt(input, originIn(record.proof)), record });
  const claims = [...told.claims, signedClaim(report, record), countsClaim(report, input)];
  return { ...told, isSound: areSound(claims), claims };
}

/** First line of the head in a proof; what it is worth, its signature says. */
function originIn(proof: Uint8Array): string | undefined {
  try {
    return parseNote(parseTlogProof(proof).checkpoint).text.split('\n', 1)[0];
  } catch (error) {
    if (!isRogatoryError(error)) throw error;
    return undefined;
  }
}

/** SPEC: review 5.2: the record is of this report, and the act in it signs these bytes. */
function signedClaim(report: Uint8Array, record: ReportFile['record']): ClaimVerdict {
  const facts = { basis: 'commitments' as const };
  return judged('report', facts, () => {
    const leaf = decodeAuditLeaf(record.leaf);
    const groups = readGroups(leaf, record.open ?? {});
    if (groups.act === undefined || groups.what === undefined || groups.who === undefined) {
      return notChecked('report', 'none-open');
    }
    demandSigned(report, leaf, groups);
    return verdictOf('report', 'holds', { ...facts, count: 1 });
  });
}

function demandSigned(bytes: Uint8Array, leaf: AuditLeaf, { who, what, act }: ReadGroups): void {
  const report = decodeReviewReport(bytes);
  const statement = auditReportStatement(report.purpose, report);
  if (leaf.ev !== 'audit.report' || leaf.out !== 'allowed') throw wrong('evidence/other-event');
  if (who?.authorityId !== report.body) throw wrong('evidence/other-body');
  if (what?.detail !== statement || what.bytes !== bytes.length) throw wrong('evidence/other-report');
  if (what.objectHash === undefined || !equalBytes(what.objectHash, sha256(bytes)))
    throw wrong('evidence/other-report');
  const payload = actPayloadHash([utf8(statement), bytes]);
  if (act === undefined || act.act.operation !== leaf.ev || !equalBytes(act.act.payloadHash, payload)) {
    throw wrong('evidence/not-signed');
  }
}

/** SPEC: review 5.2: the log counts what the report says, by an epoch of it. */
function countsClaim(
  bytes: Uint8Array,
  given: Pick<LogTrust, 'origin' | 'logKeys' | 'otherLogs' | 'policy' | 'nowMs'>,
): ClaimVerdict {
  return judged('counts', { basis: 'log-key' }, () => {
    const report = decodeReviewReport(bytes);
    const trust = trustAt(given, report.origin);
    const open = headOpener(trust);
    verifyReportCounts(report, trust.origin, open);
    // The head of the epoch is older than that of the record: nobody else asks whether witnesses saw it.
    const witnessed = witnessClaim(trust, open(parseTlogProof(report.epoch.proof).checkpoint));
    if (witnessed.outcome === 'fails') return { ...witnessed, claim: 'counts' };
    return verdictOf('counts', 'holds', { count: 2 * report.authorities.length });
  });
}

/**
 * The epoch of a report, found to be in the log, and to count for each authority what the report says.
 * @throws VerificationError `evidence/counts`, `tlog/…`; CodecError.
 */
export function verifyReportCounts(
  report: ReviewReport,
  origin: string,
  open: (checkpoint: Uint8Array) => SignedCheckpoint,
): ReportedEpoch {
  if (report.origin !== origin) throw wrong('evidence/other-log');
  const epoch = provenEpoch(report, open);
  if (report.firstIndex > epoch.size || report.fromMs > epoch.timeMs) throw wrong('evidence/counts');
  for (const { authority, acted, owned } of report.authorities) {
    demandCounted(acted, { kind: epochSubjectKinds.actorAuthority, authority }, { epoch, origin });
    demandCounted(owned, { kind: epochSubjectKinds.ownerAuthority, authority }, { epoch, origin });
  }
  return epoch;
}

function provenEpoch({ epoch }: ReviewReport, open: (checkpoint: Uint8Array) => SignedCheckpoint): ReportedEpoch {
  const { index, checkpoint } = verifyTlogProof(epoch.leaf, parseTlogProof(epoch.proof), open);
  const leaf = decodeAuditLeaf(epoch.leaf);
  const commitment = leaf.com.what;
  const isEpoch = leaf.ev === 'log.epoch' && leaf.out === 'allowed' && leaf.ms === 'EU';
  if (!isEpoch || commitment === undefined) throw wrong('evidence/counts');
  checkCommitment({ label: 'what', opening: epoch.opening, bytes: epoch.what }, fromBase64Url(commitment));
  const what = decodeAuditWhat(epoch.what);
  if (what.objectHash === undefined || index < what.bytes) throw wrong('evidence/counts');
  const number = parseEpochDetail(what.detail);
  const facts = { number, size: what.bytes, entries: what.count, root: what.objectHash };
  return { ...facts, timeMs: leaf.t, provenIn: checkpoint.size };
}

type Subject = Parameters<typeof encodeEpochSubject>[0];

/** SPEC: review 2.2 */
function demandCounted(
  { count, lastIndex, digest, opening, siblings }: ReportCount,
  subject: Subject,
  { epoch, origin }: { readonly epoch: ReportedEpoch; readonly origin: string },
): void {
  const commitment = epochCommitment(opening, encodeEpochEntry({ subject, count, lastIndex, digest }));
  verifyPosition(epoch.root, epochPosition(utf8(origin), encodeEpochSubject(subject)), { commitment, siblings });
  if (count > epoch.size || (count > 0 && lastIndex >= epoch.size)) throw wrong('evidence/counts');
}

function judged(claim: 'report' | 'counts', facts: Partial<ClaimVerdict>, judge: () => ClaimVerdict): ClaimVerdict {
  try {
    return judge();
  } catch (error) {
    if (!isRogatoryError(error)) throw error;
    return verdictOf(claim, 'fails', { ...facts, code: error.code });
  }
}

type ReportFault =
  | 'evidence/counts'
  | 'evidence/not-signed'
  | 'evidence/other-body'
  | 'evidence/other-event'
  | 'evidence/other-log'
  | 'evidence/other-report';

function wrong(code: ReportFault): VerificationError<ReportFault> {
  return new VerificationError(code, 'the evidence does not bear out the review report');
}
