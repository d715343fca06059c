import { beforeAll, describe, expect, it } from '@jest/globals';
import { type AuthorityId, equalBytes, utf8 } from '@rogatory/kernel';
import { actPayloadHash, epochCommitment, epochPosition, nextEpochDigest, sha256 } from '@rogatory/crypto/verify';
import {
  auditObjectKinds,
  auditPurposes,
  auditReportStatement,
  encodeEpochEntry,
  encodeEpochSubject,
  type EpochSubject,
  epochSubjectKinds,
} from '@rogatory/protocol';
import { seededRandom } from '@rogatory/pki/testing';
import { leafHash, PositionMap } from '@rogatory/tlog';
import { TestLog } from '../testing/test-log.js';
import { TestRecords } from '../testing/test-records.js';
import { encodeReportFile, parseReportFile, type ReportFile } from './report-file.js';
import { decodeReviewReport, encodeReviewReport, type ReportCount, type ReviewReport } from './review-report.js';
import { verifyReportFile } from './verify-report.js';

const random = seededRandom(77);
const records = new TestRecords(random);
const log = new TestLog(random);
const [body, other] = records.authorities as [AuthorityId, AuthorityId];
const position = (subject: EpochSubject) => epochPosition(utf8(log.origin), encodeEpochSubject(subject));

let report: ReviewReport;
let file: ReportFile;

/** The map over what the first four records, of the authority 0, come to. */
async function countsOf(): Promise<(subject: EpochSubject) => ReportCount> {
  let digest: Uint8Array = new Uint8Array(32);
  for (const [index, { leaf }] of log.records.slice(0, 4).entries()) {
    digest = nextEpochDigest(digest, index, leafHash(leaf));
  }
  const none = { count: 0, lastIndex: 0, digest: new Uint8Array(32) };
  const subjects = [body, other].flatMap((authority): EpochSubject[] => [
    { kind: epochSubjectKinds.actorAuthority, authority },
    { kind: epochSubjectKinds.ownerAuthority, authority },
  ]);
  const entries = subjects.map((subject, n) => {
    const counted = n === 0 ? { count: 4, lastIndex: 3, digest } : none;
    return { subject, ...counted, opening: random(32) };
  });
  const ends = entries.map(({ opening, ...entry }) => ({
    position: position(entry.subject),
    commitment: epochCommitment(opening, encodeEpochEntry(entry)),
  }));
  const map = await PositionMap.build(ends, {
    fill: (depth, path) => sha256(Uint8Array.of(depth, ...path)),
    pause: async () => undefined,
  });
  const what = { objectHash: map.root, bytes: 4, count: 4, detail: 'epoch=1' };
  await log.append([records.system('log.epoch', what)]);
  return (subject) => {
    const entry = entries.find((one) => equalBytes(position(one.subject), position(subject)));
    if (entry === undefined) throw new Error('no such subject');
    const siblings = map.prove(position(subject))?.siblings ?? [];
    return { count: entry.count, lastIndex: entry.lastIndex, digest: entry.digest, opening: entry.opening, siblings };
  };
}

async function fileOf(of: ReviewReport, bytes = encodeReviewReport(of)): Promise<ReportFile> {
  const statement = auditReportStatement(of.purpose, of);
  const record = records.act({
    ev: 'audit.report',
    what: {
      ...{ objectKind: auditObjectKinds.report, objectHash: sha256(bytes), bytes: bytes.length },
      ...{ count: of.authorities.length, detail: statement },
    },
    payloadHash: actPayloadHash([utf8(statement), bytes]),
  });
  await log.append([record]);
  const { leaf, proof } = await log.receipt(log.records.length - 1);
  return { report: bytes, record: { leaf, proof, open: record.open } };
}

beforeAll(async () => {
  await log.append([0, 0, 0, 0].map((device) => records.act({ device })));
  const countOf = await countsOf();
  const { leaf, proof } = await log.receipt(4);
  const group = log.records[4]?.open.what;
  if (group === undefined) throw new Error('no epoch');
  const authorities = [body, other].toSorted().map((authority) => ({
    authority,
    acted: countOf({ kind: epochSubjectKinds.actorAuthority, authority }),
    owned: countOf({ kind: epochSubjectKinds.ownerAuthority, authority }),
  }));
  report = {
    ...{ origin: log.origin, body, purpose: auditPurposes.lawfulness, firstIndex: 0, fromMs: 1_700_000_000_000 },
    epoch: { leaf, opening: group.opening, what: group.bytes, proof },
    ...{ authorities, notes: 2 },
    findings: {
      ...{ computedTo: 4, isRecomputed: true, differences: 0, total: 2 },
      listed: [
        { id: 'ab'.repeat(16), rule: 'bulk-hour', state: 'open', records: 3 },
        {
          id: 'cd'.repeat(16),
          rule: 'off-hours',
          state: 'dismissed',
          records: 1,
          verdict: log.records[0]?.id as never,
        },
      ],
    },
  };
  file = await fileOf(report);
});

const verdicts = (given: ReportFile, changes: object = {}) => {
  const trust = { origin: log.origin, logKeys: [log.logKey], nowMs: Date.UTC(2026, 10, 24), devices: records.keys };
  const { claims, isSound } = verifyReportFile({ ...trust, ...changes, file: given });
  return { isSound, ...Object.fromEntries(claims.map(({ claim, outcome, code }) => [claim, code ?? outcome])) };
};
/** The same report with other content, under the old signature. */
const forged = (changes: Partial<ReviewReport>): ReportFile => ({
  ...file,
  report: encodeReviewReport({ ...report, ...changes }),
});
const withFirst = (changes: Partial<ReportCount>) =>
  report.authorities.map((one, n) => (n === 0 ? { ...one, acted: { ...one.acted, ...changes } } : one));

describe('a review report', () => {
  it('comes back from its file as it was, and holds in every claim', () => {
    const read = parseReportFile(encodeReportFile(file));
    expect(read).toEqual(file);
    expect(decodeReviewReport(read.report)).toEqual(report);
    expect(verdicts(read)).toMatchObject({
      ...{ isSound: true, inclusion: 'holds', openings: 'holds', devices: 'holds', report: 'holds', counts: 'holds' },
    });
  });

  it('whose bytes were changed under the signature fails, whatever was changed', () => {
    const { findings } = report;
    const changed: readonly Partial<ReviewReport>[] = [
      { notes: 3 },
      { firstIndex: 1 },
      { findings: { ...findings, listed: findings.listed.slice(0, 1), total: 1 } },
      { authorities: withFirst({ count: 3 }) },
    ];
    for (const change of changed) {
      expect(verdicts(forged(change))).toMatchObject({ isSound: false, report: 'evidence/other-report' });
    }
  });

  it('that an auditor signs with other counts than the log has fails in the counts alone', async () => {
    const [entry] = report.authorities;
    const counted = entry?.acted.count === 4 ? 3 : 4;
    const lies: readonly Partial<ReviewReport>[] = [
      { authorities: withFirst({ count: counted, lastIndex: 3, digest: new Uint8Array(32).fill(1) }) },
      { authorities: withFirst({ siblings: report.authorities[0]?.owned.siblings ?? [] }) },
      { epoch: { ...report.epoch, opening: new Uint8Array(32) } },
      { origin: 'rogatory.test/audit/log/2027h1' },
      { firstIndex: 5 },
    ];
    for (const lie of lies) {
      const told = verdicts(await fileOf({ ...report, ...lie }));
      expect(told).toMatchObject({ isSound: false, report: 'holds' });
      expect((told as Record<string, unknown>)['counts']).toMatch(/^(evidence|tlog|crypto)\//);
    }
  });

  it('fails for another body, under another key, and unsigned', async () => {
    expect(verdicts(await fileOf({ ...report, body: other }))).toMatchObject({ report: 'evidence/other-body' });
    const strange = { devices: { signingKey: () => random(32) } };
    expect(verdicts(file, strange)).toMatchObject({ isSound: false, devices: 'crypto/signature' });
    const elsewhere = new TestLog(seededRandom(78));
    expect(verdicts(file, { logKeys: [elsewhere.logKey] })).toMatchObject({ isSound: false });
    const bare = { ...file, record: { ...file.record, open: undefined } };
    expect(verdicts(bare)).toMatchObject({ report: 'none-open' });
  });

  it('is one form of bytes: nothing else decodes', () => {
    const text = new TextDecoder().decode(encodeReviewReport(report));
    const refused = [
      text.replace('{', '{ '),
      text.replace('"notes":2', '"notes":-2'),
      text.replace('"notes":2', '"notes":2,"text":"free"'),
      text.replace('review-report/v1', 'review-report/v2'),
      text.replace('"total":2', '"total":7'),
      text.slice(0, -1),
    ];
    for (const wrong of refused) expect(() => decodeReviewReport(utf8(wrong))).toThrow('not a review report');
    const twice = [...report.authorities, ...report.authorities];
    expect(() => encodeReviewReport({ ...report, authorities: twice })).toThrow('not a review report');
    expect(() => parseReportFile(utf8('{}'))).toThrow('not a review report');
  });
});
