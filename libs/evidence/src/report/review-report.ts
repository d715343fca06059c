import {
  type ActId,
  type AuthorityId,
  CodecError,
  fromBase64,
  limits,
  parseActId,
  parseAuthorityId,
  parseUtf8,
  toBase64,
  utf8,
} from '@rogatory/kernel';
import {
  type AuditPurpose,
  auditPurposes,
  type CanonicalValue,
  decodeCanonicalJson,
  encodeCanonicalJson,
  nameOf,
} from '@rogatory/protocol';
import { HASH_BYTES } from '@rogatory/tlog';

/** The record of the epoch that a report rests on, with the proof of its place. */
export interface ReportEpoch {
  readonly leaf: Uint8Array;
  /** Opening and bytes of its group `what`. */
  readonly opening: Uint8Array;
  readonly what: Uint8Array;
  /** `.tlog-proof`: its checkpoint is the head that the report rests on. */
  readonly proof: Uint8Array;
}

/** What the epoch counts of one subject since the log began, with what proves it in the map of the epoch. */
export interface ReportCount {
  readonly count: number;
  readonly lastIndex: number;
  readonly digest: Uint8Array;
  readonly opening: Uint8Array;
  readonly siblings: readonly Uint8Array[];
}

/** The counts of an authority that the body reviews. */
export interface ReportedAuthority {
  readonly authority: AuthorityId;
  /** Records of its people. */
  readonly acted: ReportCount;
  /** Records about cases and objects that it owns. */
  readonly owned: ReportCount;
}

/** A finding as the auditor saw it. */
export interface ReportedFinding {
  readonly id: string;
  readonly rule: string;
  readonly state: 'open' | 'dismissed';
  readonly records: number;
  /** The record of the newest verdict, whose sealed reason says why. */
  readonly verdict?: ActId;
}

export interface ReportedFindings {
  /** Number of records over which they were computed. */
  readonly computedTo: number;
  /** Whether the auditor's own client computed them over the records as well. */
  readonly isRecomputed: boolean;
  /** How many the server hid, made up or changed; 0 where nothing was recomputed. */
  readonly differences: number;
  /** How many there are in all; beyond `limits.maxReportFindings` the newest alone are listed. */
  readonly total: number;
  /** Newest first. */
  readonly listed: readonly ReportedFinding[];
}

/**
 * What an oversight body says of a log after it looked (Reg. (EU) 2019/818 article 24: at least every six months). It holds no
 * free text: that is the sealed reason of the act that signs it. SPEC: review 5
 */
export interface ReviewReport {
  readonly origin: string;
  readonly body: AuthorityId;
  readonly purpose: AuditPurpose;
  /** The reviewed records are those from this index up to the size that the epoch covers. */
  readonly firstIndex: number;
  /** UTC milliseconds; the period ends with the time of the epoch. */
  readonly fromMs: number;
  /** The report before this one; absent in the first of a body on a log. */
  readonly previous?: ActId;
  readonly epoch: ReportEpoch;
  /** Ascending by authority, each once. */
  readonly authorities: readonly ReportedAuthority[];
  readonly findings: ReportedFindings;
  /** Notes that auditors of the body made on records of the period. */
  readonly notes: number;
}

const FORMAT = 'rogatory/review-report/v1';
const FINDING = /^[0-9a-f]{32}$/;
const RULE = /^[a-z-]{3,40}$/;
const ORIGIN = /^[\x21-\x7e]{1,200}$/;

/** RFC 8785 JSON: the bytes that an auditor's device signs. @throws CodecError `evidence/report` beyond the bounds. */
export function encodeReviewReport(report: ReviewReport): Uint8Array {
  const { epoch, authorities, findings, previous, purpose } = report;
  const value: CanonicalValue = {
    format: FORMAT,
    ...{ origin: report.origin, body: report.body, purpose: nameOf(auditPurposes, purpose) },
    ...{ firstIndex: report.firstIndex, fromMs: report.fromMs, notes: report.notes },
    ...(previous === undefined ? {} : { previous }),
    epoch: {
      ...{ leaf: toBase64(epoch.leaf), opening: toBase64(epoch.opening), what: toBase64(epoch.what) },
      proof: parseUtf8(epoch.proof),
    },
    authorities: authorities.map(({ authority, acted, owned }) => ({
      ...{ authority, acted: countValue(acted), owned: countValue(owned) },
    })),
    findings: {
      ...{ computedTo: findings.computedTo, isRecomputed: findings.isRecomputed },
      ...{ differences: findings.differences, total: findings.total },
      listed: findings.listed.map(({ id, rule, state, records, verdict }) => ({
        ...{ id, rule, state, records },
        ...(verdict === undefined ? {} : { verdict }),
      })),
    },
  };
  const bytes = utf8(encodeCanonicalJson(value));
  // What nobody could read again is not written.
  decodeReviewReport(bytes);
  return bytes;
}

/** Strict inverse of `encodeReviewReport`. @throws CodecError `evidence/report`. */
export function decodeReviewReport(bytes: Uint8Array): ReviewReport {
  if (bytes.length > limits.maxReportBytes) throw malformed();
  const fields = guarded(() => objectOf(decodeCanonicalJson(parseUtf8(bytes))));
  const { format, origin, body, purpose, firstIndex, fromMs, previous, epoch, authorities, findings, notes, ...rest } =
    fields;
  if (format !== FORMAT || Object.keys(rest).length > 0) throw malformed();
  if (typeof origin !== 'string' || !ORIGIN.test(origin)) throw malformed();
  return guarded(() => ({
    ...{ origin, body: parseAuthorityId(textOf(body)), purpose: purposeOf(purpose) },
    ...{ firstIndex: wholeOf(firstIndex), fromMs: wholeOf(fromMs), notes: wholeOf(notes) },
    ...(previous === undefined ? {} : { previous: parseActId(textOf(previous)) }),
    ...{ epoch: epochOf(epoch), authorities: authoritiesOf(authorities), findings: findingsOf(findings) },
  }));
}

function countValue({ count, lastIndex, digest, opening, siblings }: ReportCount): CanonicalValue {
  return { count, lastIndex, digest: toBase64(digest), opening: toBase64(opening), siblings: siblings.map(toBase64) };
}

function countOf(value: unknown): ReportCount {
  const { count, lastIndex, digest, opening, siblings, ...rest } = objectOf(value);
  if (Object.keys(rest).length > 0) throw malformed();
  return {
    ...{ count: wholeOf(count), lastIndex: wholeOf(lastIndex), digest: hashOf(digest), opening: hashOf(opening) },
    siblings: listOf(siblings, limits.maxPositionDepth).map(hashOf),
  };
}

function epochOf(value: unknown): ReportEpoch {
  const { leaf, opening, what, proof, ...rest } = objectOf(value);
  if (Object.keys(rest).length > 0) throw malformed();
  return { leaf: bytesOf(leaf), opening: hashOf(opening), what: bytesOf(what), proof: utf8(textOf(proof)) };
}

function authoritiesOf(value: unknown): readonly ReportedAuthority[] {
  const all = listOf(value, limits.maxEpochProofs).map((one) => {
    const { authority, acted, owned, ...rest } = objectOf(one);
    if (Object.keys(rest).length > 0) throw malformed();
    return { authority: parseAuthorityId(textOf(authority)), acted: countOf(acted), owned: countOf(owned) };
  });
  const isAscending = all.every(({ authority }, n) => n === 0 || (all[n - 1]?.authority ?? '') < authority);
  if (all.length === 0 || !isAscending) throw malformed();
  return all;
}

function findingsOf(value: unknown): ReportedFindings {
  const { computedTo, isRecomputed, differences, total, listed, ...rest } = objectOf(value);
  if (Object.keys(rest).length > 0 || typeof isRecomputed !== 'boolean') throw malformed();
  const found = {
    ...{ computedTo: wholeOf(computedTo), isRecomputed, differences: wholeOf(differences), total: wholeOf(total) },
    listed: listOf(listed, limits.maxReportFindings).map(findingOf),
  };
  const ids = new Set(found.listed.map(({ id }) => id));
  const isWhole = found.listed.length === Math.min(found.total, limits.maxReportFindings);
  if (!isWhole || ids.size < found.listed.length || (!isRecomputed && found.differences > 0)) throw malformed();
  return found;
}

function findingOf(value: unknown): ReportedFinding {
  const { id, rule, state, records, verdict, ...rest } = objectOf(value);
  if (Object.keys(rest).length > 0 || (state !== 'open' && state !== 'dismissed')) throw malformed();
  // Nobody dismisses without a verdict on record.
  if (state === 'dismissed' && verdict === undefined) throw malformed();
  return {
    ...{ id: matching(id, FINDING), rule: matching(rule, RULE), state, records: wholeOf(records) },
    ...(verdict === undefined ? {} : { verdict: parseActId(textOf(verdict)) }),
  };
}

function purposeOf(value: unknown): AuditPurpose {
  const name = textOf(value);
  if (!Object.hasOwn(auditPurposes, name)) throw malformed();
  return auditPurposes[name as keyof typeof auditPurposes];
}

function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed();
  return { ...value };
}

function listOf(value: unknown, most: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length > most) throw malformed();
  return value;
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw malformed();
  return value;
}

function matching(value: unknown, form: RegExp): string {
  const text = textOf(value);
  if (!form.test(text)) throw malformed();
  return text;
}

function wholeOf(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw malformed();
  return value;
}

function bytesOf(value: unknown): Uint8Array {
  const text = textOf(value);
  const bytes = fromBase64(text);
  if (toBase64(bytes) !== text) throw malformed();
  return bytes;
}

function hashOf(value: unknown): Uint8Array {
  const bytes = bytesOf(value);
  if (bytes.length !== HASH_BYTES) throw malformed();
  return bytes;
}

/** Whatever is wrong with a report is one error. */
function guarded<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof CodecError && cause.code !== 'evidence/report') throw malformed(cause);
    throw cause;
  }
}

function malformed(cause?: unknown): CodecError<'evidence/report'> {
  return new CodecError('evidence/report', 'not a review report', cause === undefined ? {} : { cause });
}
