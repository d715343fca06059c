import { describe, expect, it } from '@jest/globals';
import { defaultFindingSettings } from '../settings.js';
import { dayMs, foundBy, hourMs, minuteMs, noonMs, testingIds, type TestingRecord } from '../testing/records.js';

const read: TestingRecord = { timeMs: noonMs, object: 1, caseNumber: 1 };
const later = (ms: number, facts: Partial<TestingRecord> = {}): TestingRecord => ({
  ...read,
  timeMs: noonMs + ms,
  ...facts,
});

describe('first-touch', () => {
  it('tells the first read of a person on a case, once', () => {
    const found = foundBy('first-touch', [read, later(1), later(2, { person: 2 }), later(3, { caseNumber: 2 })]);
    expect(found.map(({ person, caseId }) => [person, caseId])).toEqual([
      [testingIds.person(1), testingIds.case(1)],
      [testingIds.person(2), testingIds.case(1)],
      [testingIds.person(1), testingIds.case(2)],
    ]);
  });

  it('says nothing of the person who made the case, nor of refused reads', () => {
    expect(foundBy('first-touch', [later(0, { event: 'case.create' }), later(1)])).toEqual([]);
    expect(foundBy('first-touch', [later(0, { outcome: 'denied' })])).toEqual([]);
  });
});

describe('unassigned-read', () => {
  it('finds a read without a role, for actor and owner alike', () => {
    const [finding, ...more] = foundBy('unassigned-read', [
      later(0, { role: 0, owner: 2 }),
      later(1, { role: 0, owner: 2 }),
    ]);
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ recordCount: 2, facts: { role: 0 } });
    expect(finding?.authorities).toEqual([testingIds.authority(1), testingIds.authority(2)]);
    expect(foundBy('unassigned-read', [later(0, { role: 1 }), later(0, { role: 0, event: 'case.list' })])).toEqual([]);
  });
});

describe('read-after-leaving', () => {
  const leave = later(0, { event: 'member.leave', isOfCase: true });

  it('finds a read after leaving, until the person is added again', () => {
    const recipient = {
      authorityId: testingIds.authority(1),
      personId: testingIds.person(1),
      deviceId: testingIds.device(1),
    };
    const add = later(3, {
      event: 'member.add',
      person: 2,
      isOfCase: true,
      what: { recipients: [recipient] },
    });
    const [finding] = foundBy('read-after-leaving', [leave, later(1)]);
    expect(finding?.facts).toEqual({ leftAtIndex: 0 });
    expect(foundBy('read-after-leaving', [leave, add, later(4)])).toEqual([]);
    expect(foundBy('read-after-leaving', [leave, later(1, { person: 2 }), later(1, { caseNumber: 2 })])).toEqual([]);
  });

  it('knows one compartment that was left from another', () => {
    const left = later(0, { event: 'member.leave' });
    const other = { compartmentId: testingIds.compartment(77) };
    expect(foundBy('read-after-leaving', [left, later(1, { what: other })])).toEqual([]);
    expect(foundBy('read-after-leaving', [left, later(1)])).toHaveLength(1);
  });
});

describe('denied-then-allowed', () => {
  const denied = later(0, { outcome: 'denied' });
  const { deniedThenAllowedMs } = defaultFindingSettings;

  it('finds what was refused and then allowed within the time', () => {
    const [finding] = foundBy('denied-then-allowed', [denied, later(deniedThenAllowedMs)]);
    expect(finding).toMatchObject({ facts: { afterMs: deniedThenAllowedMs }, recordCount: 2 });
    expect(foundBy('denied-then-allowed', [denied, later(deniedThenAllowedMs + 1)])).toEqual([]);
  });

  it('tells one refusal once, and only of the same person and place', () => {
    expect(foundBy('denied-then-allowed', [denied, later(1), later(2)])).toHaveLength(1);
    expect(foundBy('denied-then-allowed', [denied, later(1, { person: 2 })])).toEqual([]);
    expect(foundBy('denied-then-allowed', [denied, later(1, { caseNumber: 2, object: 2 })])).toEqual([]);
    expect(foundBy('denied-then-allowed', [later(1), denied])).toEqual([]);
  });

  it('takes a head that moved for no refusal of access', () => {
    expect(foundBy('denied-then-allowed', [{ ...denied, reasonCode: 'cases/head-moved' }, later(1)])).toEqual([]);
  });
});

describe('new-recipients', () => {
  const recipient = (authority: number) => ({
    ...{
      authorityId: testingIds.authority(authority),
      personId: testingIds.person(authority),
      deviceId: testingIds.device(authority),
    },
  });
  const add = (ms: number, authorities: readonly number[]) =>
    later(ms, { event: 'member.add', what: { recipients: authorities.map(recipient) } });

  it('tells an authority that gets access to a case for the first time', () => {
    const found = foundBy('new-recipients', [add(0, [1]), add(1, [2, 3]), add(2, [2]), add(3, [4, 1])]);
    expect(found.map(({ facts }) => facts)).toEqual([
      { authorities: 2, recipients: 2 },
      { authorities: 1, recipients: 2 },
    ]);
  });
});

describe('unpaired-read', () => {
  const { pairingMs } = defaultFindingSettings;
  const upload = testingIds.object(9);
  const open = (ms: number, facts: Partial<TestingRecord> = {}) =>
    later(ms, { what: { detail: `upload=${upload}` }, ...facts });
  const close = (ms: number, facts: Partial<TestingRecord> = {}): TestingRecord => ({
    ...later(ms, { event: 'doc.delivered', person: 0 }),
    what: {
      objectId: upload,
      recipients: [
        { authorityId: testingIds.authority(1), personId: testingIds.person(1), deviceId: testingIds.device(1) },
      ],
    },
    ...facts,
  });
  const tick = (ms: number): TestingRecord => ({ event: 'system.job', timeMs: noonMs + ms, person: 0 });

  it('T02: finds a read that nothing closes in time, when a later record comes', () => {
    expect(foundBy('unpaired-read', [open(0), tick(pairingMs)])).toEqual([]);
    const [finding] = foundBy('unpaired-read', [open(0), tick(pairingMs + 1)]);
    expect(finding).toMatchObject({
      records: [{ index: 0 }],
      person: testingIds.person(1),
      caseId: testingIds.case(1),
    });
  });

  it('lets be what is delivered or broken off', () => {
    expect(foundBy('unpaired-read', [open(0), close(pairingMs), tick(2 * pairingMs)])).toEqual([]);
    const aborted = { ...close(1), event: 'doc.aborted', outcome: 'aborted', reasonCode: 'documents/aborted' } as const;
    expect(foundBy('unpaired-read', [open(0), aborted, tick(2 * pairingMs)])).toEqual([]);
    expect(foundBy('unpaired-read', [open(0), close(pairingMs + 1), tick(2 * pairingMs)])).toHaveLength(1);
  });

  it('closes two reads of one upload one after the other', () => {
    const found = foundBy('unpaired-read', [open(0), open(1), close(2), tick(2 * pairingMs)]);
    expect(found.map(({ records }) => records[0]?.index)).toEqual([1]);
    expect(foundBy('unpaired-read', [open(0), open(1), close(2), close(3), tick(2 * pairingMs)])).toEqual([]);
  });

  it('pairs by device and compartment where an older read names no upload', () => {
    expect(foundBy('unpaired-read', [later(0), close(1), tick(2 * pairingMs)])).toEqual([]);
    const other = close(1, { what: { ...close(1).what, recipients: [] } });
    expect(foundBy('unpaired-read', [later(0), other, tick(2 * pairingMs)])).toHaveLength(1);
  });

  it('finds a delivery that nobody asked for', () => {
    expect(foundBy('delivery-without-read', [close(0)])).toMatchObject([{ severity: 'high', facts: { bytes: 1_000 } }]);
    expect(foundBy('delivery-without-read', [open(0), close(1), close(2)])).toEqual([]);
    expect(foundBy('delivery-without-read', [open(0), close(dayMs)])).toEqual([]);
    expect(foundBy('delivery-without-read', [open(0), close(1), close(dayMs + hourMs)])).toHaveLength(1);
  });
});

describe('after-mandate', () => {
  const mandateOf = () => ({ notAfterMs: noonMs + hourMs });

  it('begins with the moment at which the certificate ends', () => {
    const at = (ms: number) => foundBy('after-mandate', [later(ms)], { mandateOf }).length;
    expect([-1, 0, hourMs - 1, hourMs].map(at)).toEqual([0, 0, 0, 1]);
  });

  it('joins a day, and says nothing of people whom the directory does not know', () => {
    const found = foundBy('after-mandate', [later(2 * hourMs), later(2 * hourMs + minuteMs)], { mandateOf });
    expect(found).toMatchObject([{ recordCount: 2, severity: 'high' }]);
    expect(foundBy('after-mandate', [later(2 * hourMs)], { mandateOf: () => undefined })).toEqual([]);
  });
});
