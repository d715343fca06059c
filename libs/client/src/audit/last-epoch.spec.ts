import { describe, expect, it } from '@jest/globals';
import { type ActId, isRogatoryError, toHex } from '@rogatory/kernel';
import { type AuditEventCode, type AuditLeaf, auditPurposes } from '@rogatory/protocol';
import { ORIGIN, random } from '../testing/signed-log.js';
import { demandLastEpoch } from './last-epoch.js';
import type { OpenRecord } from './open-record.js';

const OTHER = 'rogatory.test/audit/log/2027h1';
const review = { purpose: auditPurposes.lawfulness };

function recordOf(ev: AuditEventCode, index: number, provenLog = ORIGIN): OpenRecord {
  const recordId = toHex(random(16)) as ActId;
  const leaf: AuditLeaf = {
    v: 1,
    id: recordId,
    t: 0,
    cls: 'consultation',
    ev,
    out: 'allowed',
    rc: 'ok',
    ms: 'EU',
    com: {},
  };
  const unsaid = { leafBytes: new Uint8Array(0), groups: {}, isSigned: false, restrictedTo: undefined };
  return { recordId, index, leaf, ...unsaid, provenIn: 30, provenLog, erased: [], notes: [] };
}

interface Shown {
  /** Size that the epoch covers; the log ended with `final` records. */
  readonly size: number;
  readonly final?: number | undefined;
  /** What the server says stands behind it, newest first. */
  readonly listed?: readonly OpenRecord[];
  readonly proven?: (record: OpenRecord) => OpenRecord;
}

async function judged({ size, final = 30, listed = [], proven = (record) => record }: Shown): Promise<string> {
  const sources = {
    server: { finalSize: (origin: string) => (origin === ORIGIN ? final : undefined) },
    list: async () => ({ records: listed, nextBeforeIndex: undefined }),
    get: async (_: unknown, recordId: ActId) => {
      const found = listed.find((record) => record.recordId === recordId);
      if (found === undefined) throw new Error('no such record');
      return proven(found);
    },
  };
  return demandLastEpoch(sources, review, { origin: ORIGIN, size }).then(
    () => 'holds',
    (error: unknown) => (isRogatoryError(error) ? error.code : String(error)),
  );
}

describe('the last epoch of a log that ended', () => {
  const epochs = [28, 27, 26].map((index) => recordOf('log.epoch', index));

  it('has behind it its own record and the one that ends the log', async () => {
    expect(await judged({ size: 28 })).toBe('holds');
  });

  it('has behind it other epochs as well where two servers ended the log at once', async () => {
    expect(await judged({ size: 26, listed: epochs })).toBe('holds');
  });

  const [first, second, third] = epochs as [OpenRecord, OpenRecord, OpenRecord];
  it.each([
    ['leaves out a record of which the server says nothing', { size: 26, listed: [first, second] }],
    [
      'leaves out another record than one of an epoch',
      { size: 26, listed: [first, recordOf('case.create', 27), third] },
    ],
    ['leaves out records that are listed at other places', { size: 26, listed: [first, second, second] }],
    ['leaves out most of the log', { size: 4, final: 4000 }],
    ['covers the record that ends the log', { size: 29 }],
    ['covers more than the log had', { size: 31 }],
  ] satisfies [string, Shown][])('is not one that %s', async (_, shown) => {
    expect(await judged(shown)).toBe('client/incomplete');
  });

  it.each([
    ['stand in another log', { provenLog: OTHER }],
    ['stand elsewhere in it', { index: 3 }],
    ['are not proven', { provenLog: undefined, provenIn: undefined }],
    ['are of another event', { leaf: recordOf('case.create', 27).leaf }],
  ] satisfies [string, Partial<OpenRecord>][])('is not proven by records behind it that %s', async (_, changed) => {
    const proven = (record: OpenRecord): OpenRecord => ({ ...record, ...changed });
    expect(await judged({ size: 26, listed: epochs, proven })).toBe('client/incomplete');
  });

  it('is not asked for of a log that goes on', async () => {
    const sources = {
      server: { finalSize: () => undefined },
      list: async () => Promise.reject(new Error('asked')),
      get: async () => Promise.reject(new Error('asked')),
    };
    await expect(demandLastEpoch(sources, review, { origin: OTHER, size: 1 })).resolves.toBeUndefined();
  });
});
