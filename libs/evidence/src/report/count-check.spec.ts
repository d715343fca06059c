import { describe, expect, it } from '@jest/globals';
import { type AuthorityId, utf8 } from '@rogatory/kernel';
import { epochCommitment, epochPosition, nextEpochDigest, sha256 } from '@rogatory/crypto/verify';
import {
  auditPurposes,
  encodeEpochEntry,
  encodeEpochSubject,
  type EpochEntry,
  epochSubjectKinds,
  type RecordSubject,
} from '@rogatory/protocol';
import { seededRandom } from '@rogatory/pki/testing';
import { leafHash, PositionMap } from '@rogatory/tlog';
import { verifyExport } from '../export/verify-export.js';
import { headOpener } from '../log/log-trust.js';
import { TestLog } from '../testing/test-log.js';
import { TestRecords } from '../testing/test-records.js';
import { CountCheck } from './count-check.js';
import type { ReportCount, ReviewReport } from './review-report.js';

/** Six records of two authorities; an epoch counts those of the first as it is told to. */
async function written(counting: readonly number[]) {
  const random = seededRandom(91);
  const records = new TestRecords(random);
  const log = new TestLog(random);
  const [body, other] = records.authorities as [AuthorityId, AuthorityId];
  await log.append([0, 1, 0, 0, 1, 0].map((device) => records.act({ device })));
  const position = (subject: RecordSubject) => epochPosition(utf8(log.origin), encodeEpochSubject(subject));
  const counted = (subject: RecordSubject, indexes: readonly number[]): EpochEntry<RecordSubject> => {
    let digest: Uint8Array = new Uint8Array(32);
    for (const index of indexes)
      digest = nextEpochDigest(digest, index, leafHash(log.records[index]?.leaf as Uint8Array));
    return { subject, count: indexes.length, lastIndex: indexes.at(-1) ?? 0, digest };
  };
  const { actorAuthority, ownerAuthority } = epochSubjectKinds;
  const entries = [
    counted({ kind: actorAuthority, authority: body }, counting),
    counted({ kind: actorAuthority, authority: other }, [1, 4]),
    counted({ kind: ownerAuthority, authority: body }, []),
    counted({ kind: ownerAuthority, authority: other }, []),
  ].map((entry) => ({ entry, opening: random(32) }));
  const map = await PositionMap.build(
    entries.map(({ entry, opening }) => ({
      position: position(entry.subject),
      commitment: epochCommitment(opening, encodeEpochEntry(entry)),
    })),
    { fill: (depth, path) => sha256(Uint8Array.of(depth, ...path)), pause: async () => undefined },
  );
  const epoch = records.system('log.epoch', { objectHash: map.root, bytes: 6, count: 4, detail: 'epoch=1' });
  await log.append([epoch]);
  const countOf = (kind: RecordSubject['kind'], authority: AuthorityId): ReportCount => {
    const found = entries.find(({ entry: { subject } }) => subject.kind === kind && subject.authority === authority);
    if (found === undefined) throw new Error('no such subject');
    const { subject: _, ...entry } = found.entry;
    return { ...entry, opening: found.opening, siblings: map.prove(position(found.entry.subject))?.siblings ?? [] };
  };
  const { leaf, proof } = await log.receipt(6);
  const what = epoch.open.what;
  if (what === undefined) throw new Error('the epoch is closed');
  const report: ReviewReport = {
    ...{ origin: log.origin, body, purpose: auditPurposes.lawfulness, firstIndex: 0, fromMs: 0, notes: 0 },
    epoch: { leaf, opening: what.opening, what: what.bytes, proof },
    authorities: [body, other].toSorted().map((authority) => ({
      authority,
      acted: countOf(actorAuthority, authority),
      owned: countOf(ownerAuthority, authority),
    })),
    findings: { computedTo: 6, isRecomputed: false, differences: 0, total: 0, listed: [] },
  };
  await log.append([records.act({ device: 0 }), records.act({ device: 1 })]);
  return { log, report, scope: [body, other] };
}

interface Shown {
  readonly first?: number;
  readonly end?: number;
  readonly closed?: readonly number[];
  readonly changed?: Partial<ReviewReport>;
}

async function told(counting: readonly number[], { first = 0, end, closed = [], changed = {} }: Shown = {}) {
  const { log, report, scope } = await written(counting);
  const lines = await log.exportLines({ first, scope, ...(end === undefined ? {} : { end }) });
  const chunks = lines.map((line, i) => {
    const isClosed = closed.includes(first + i - 1);
    return isClosed ? utf8(new TextDecoder().decode(line).replace(/"open":\{.*\}\}/, '"open":{}}')) : line;
  });
  const trust = { origin: log.origin, logKeys: [log.logKey], nowMs: Date.UTC(2026, 10, 24) };
  const check = new CountCheck({ report: { ...report, ...changed }, origin: log.origin, open: headOpener(trust) });
  const { claims } = await verifyExport({ ...trust, chunks, more: [check] });
  expect(claims.find(({ claim }) => claim === 'tree')?.outcome).toBe('holds');
  const { outcome, code, findings } = claims.find(({ claim }) => claim === 'counts') ?? {};
  return [outcome, code, findings];
}

const all = [0, 2, 3, 5];

describe('the counts of an epoch over an export', () => {
  it('hold where the export has every record that they count, and no other', async () => {
    expect(await told(all)).toEqual(['holds', undefined, 0]);
  });

  it.each([
    ['one too few', [0, 2, 3]],
    ['one too many', [0, 1, 2, 3, 5]],
    ['another in place of one', [0, 2, 4, 5]],
    ['none', []],
  ])('fail with %s', async (_, counting) => {
    expect(await told(counting)).toEqual(['fails', 'evidence/counts', 0]);
  });

  it('hold with records that are closed where all of those are counted, and else leave a question', async () => {
    expect(await told(all, { closed: [3] })).toEqual(['holds', undefined, 0]);
    // One of each authority: the count is possible, and nothing shows which of them it counts.
    expect(await told(all, { closed: [3, 4] })).toEqual(['not-checked', 'records-withheld', 2]);
    expect(await told([0, 2], { closed: [3] })).toEqual(['fails', 'evidence/counts', 0]);
  });

  it('say nothing of a part that does not begin with the first record or ends before the epoch', async () => {
    expect(await told(all, { first: 1 })).toEqual(['not-checked', 'outside-the-range', 0]);
    expect(await told(all, { end: 5 })).toEqual(['not-checked', 'outside-the-range', 0]);
    expect(await told(all, { end: 6 })).toEqual(['holds', undefined, 0]);
  });

  it('fail where they are not those of the epoch', async () => {
    const { report } = await written(all);
    const authorities = report.authorities.map((one) => ({
      ...one,
      acted: { ...one.acted, count: one.acted.count + 1 },
    }));
    expect(await told(all, { changed: { authorities } })).toEqual(['fails', 'tlog/position', 0]);
    expect(await told(all, { changed: { origin: 'log.test/other' } })).toEqual(['fails', 'evidence/other-log', 0]);
  });
});
