import { describe, expect, it } from '@jest/globals';
import { parseObjectId } from '@rogatory/kernel';
import { legalBases } from '@rogatory/protocol';
import { defaultFindingSettings } from '../settings.js';
import { dayMs, foundBy, minuteMs, noonMs, testingIds, type TestingRecord } from '../testing/records.js';
import { whyOf } from '../words.js';

const { counterGapMs, clockSkewMs, dormantMs, repeatedReasonCases, repeatedReasonMs, witnessLagMs, serverClockBackMs } =
  defaultFindingSettings;
const act = (counter: number, ms = 0): TestingRecord => ({ event: 'msg.send', timeMs: noonMs + ms, counter });
const tick = (ms: number): TestingRecord => ({ event: 'system.job', timeMs: noonMs + ms, person: 0 });

describe('counter-gap', () => {
  it('T02: finds counters that are still missing after the time', () => {
    expect(foundBy('counter-gap', [act(1), act(4, 1), tick(counterGapMs + 1)])).toEqual([]);
    const [finding] = foundBy('counter-gap', [act(1), act(4, 1), tick(counterGapMs + 2)]);
    expect(finding).toMatchObject({ facts: { firstMissing: 2, lastMissing: 3, missing: 2 }, records: [{ index: 1 }] });
    expect(finding && whyOf(finding)).toBe('Acts 2 to 3 of this device, 2 in all, are not in the log.');
  });

  it('lets requests overtake each other', () => {
    expect(foundBy('counter-gap', [act(2), act(3, 1), act(1, 2), tick(dayMs)])).toEqual([]);
  });

  it('finds each of several gaps, and the first counter of all', () => {
    const found = foundBy('counter-gap', [act(2), act(5, 1), act(7, 2), tick(dayMs)]);
    expect(found.map(({ facts }) => [facts['firstMissing'], facts['lastMissing']])).toEqual([
      [1, 1],
      [3, 4],
      [6, 6],
    ]);
    const genesis: TestingRecord = { event: 'log.genesis', timeMs: noonMs, person: 0 };
    expect(foundBy('counter-gap', [genesis, act(7), act(8, 1), tick(dayMs)])).toEqual([]);
    expect(foundBy('counter-gap', [tick(0), act(7), act(8, 1), tick(dayMs)])).toHaveLength(1);
  });

  it('takes one that comes late for no second use', () => {
    const late = [act(1), act(4, 1), tick(dayMs), act(2, dayMs), act(3, dayMs)];
    expect(foundBy('counter-gap', late)).toHaveLength(1);
    expect(foundBy('counter-reused', late)).toEqual([]);
  });

  it('finds a counter that comes twice', () => {
    expect(foundBy('counter-reused', [act(1), act(2, 1), act(2, 2)])).toMatchObject([{ facts: { counter: 2 } }]);
    expect(foundBy('counter-reused', [act(3), act(3, 1)])).toHaveLength(1);
    const twice = [act(1), act(4, 1), tick(dayMs), act(2, dayMs), act(2, dayMs)];
    expect(foundBy('counter-reused', twice)).toHaveLength(1);
  });
});

describe('clock-skew', () => {
  const skewed = (skewMs: number, ms = 0): TestingRecord => ({ ...act(1, ms), statedMs: noonMs + ms + skewMs });

  it('finds a clock that is wrong by more than the threshold, either way', () => {
    const skews = [clockSkewMs, -clockSkewMs, clockSkewMs + 1, -clockSkewMs - 1];
    expect(skews.map((skew) => foundBy('clock-skew', [skewed(skew)]).length)).toEqual([0, 0, 1, 1]);
    const day = foundBy('clock-skew', [skewed(400_000), skewed(-900_000, 1), skewed(500_000, 2)]);
    expect(day).toMatchObject([{ recordCount: 3, facts: { largestMs: -900_000 } }]);
  });
});

describe('dormant', () => {
  it('finds somebody who comes back after the time', () => {
    expect(foundBy('dormant', [act(1), act(2, dormantMs)])).toEqual([]);
    expect(foundBy('dormant', [act(1), act(2, dormantMs + 1)])).toMatchObject([{ facts: { awayMs: dormantMs + 1 } }]);
  });
});

describe('reasons', () => {
  const none = new Uint8Array(0);
  const opened = (n: number, facts: Partial<TestingRecord> = {}): TestingRecord => ({
    ...{ timeMs: noonMs + n * minuteMs, caseNumber: n, object: n },
    ...facts,
  });
  const many = (count: number, facts: Partial<TestingRecord>) =>
    Array.from({ length: count }, (_, n) => opened(n + 1, facts));
  const instrument = { instrument: 'EIO/2026/7', legalBasis: legalBases.europeanInvestigationOrder };

  it('shows a reason without text, save of auditors', () => {
    const empty = { why: { kemCiphertext: none, sealedText: none } };
    expect(foundBy('empty-reason', many(3, empty))).toMatchObject([{ recordCount: 3 }]);
    expect(foundBy('empty-reason', many(3, {}))).toEqual([]);
    expect(foundBy('empty-reason', many(1, { ...empty, event: 'audit.query' }))).toEqual([]);
  });

  it('shows one instrument on many cases, within the time', () => {
    expect(foundBy('repeated-instrument', many(repeatedReasonCases, { why: instrument }))).toEqual([]);
    const found = foundBy('repeated-instrument', many(repeatedReasonCases + 2, { why: instrument }));
    expect(found).toMatchObject([{ facts: { cases: 7, threshold: 5 } }]);
    const one = many(9, { why: instrument, caseNumber: 1 });
    expect(foundBy('repeated-instrument', one)).toEqual([]);
    const spread = many(9, { why: instrument }).map((read, n) => ({
      ...read,
      timeMs: noonMs + (n * repeatedReasonMs) / 5,
    }));
    expect(foundBy('repeated-instrument', spread)).toEqual([]);
  });

  it('shows the very bytes of a reason used again, by ciphertext and by commitment', () => {
    const sealed = { why: { kemCiphertext: new Uint8Array(1_120).fill(7) } };
    expect(foundBy('reason-replayed', [opened(1, sealed), opened(2, sealed)])).toMatchObject([{ recordCount: 2 }]);
    expect(foundBy('reason-replayed', many(2, { whyCommitment: 'same' }))).toHaveLength(1);
    expect(foundBy('reason-replayed', many(20, {}))).toEqual([]);
  });

  it('shows short and repeated texts to whoever opens them, and to nobody else', () => {
    expect(foundBy('short-reason', many(2, { reasonText: '  Enquiry ' }))).toMatchObject([
      { recordCount: 2, facts: { characters: 7, threshold: 10 } },
    ]);
    expect(foundBy('short-reason', many(1, { reasonText: 'ten lettrs' }))).toEqual([]);
    const texts = ['As ordered by the court', 'as  ordered BY the court'];
    const repeated = many(6, {}).map((read, n) => ({ ...read, reasonText: texts[n % 2] ?? '' }));
    expect(foundBy('repeated-reason', repeated)).toMatchObject([{ facts: { cases: 6, threshold: 5 } }]);
    expect(foundBy('repeated-reason', repeated.slice(0, 5))).toEqual([]);
    expect(foundBy('repeated-reason', many(6, {}))).toEqual([]);
  });
});

describe('the log itself', () => {
  it('shows a clock of the server that went back', () => {
    expect(foundBy('server-clock', [tick(0), tick(-serverClockBackMs)])).toEqual([]);
    const [finding] = foundBy('server-clock', [tick(0), tick(-serverClockBackMs - 1), tick(-90_000)]);
    expect(finding).toMatchObject({ authorities: [], recordCount: 2, facts: { largestMs: 90_000 } });
  });

  it('shows records that waited too long for the witnesses, and those that wait', () => {
    const records = [tick(0), tick(1), tick(2), tick(3)];
    const heads = (timeMs: number) => [
      { size: 2, timeMs: noonMs + timeMs },
      { size: 4, timeMs: noonMs + witnessLagMs },
    ];
    const lag = (witnessedHeads: { size: number; timeMs: number }[], list = records) =>
      foundBy('witness-lag', list, { witnessedHeads });
    expect(lag(heads(witnessLagMs))).toEqual([]);
    expect(lag(heads(witnessLagMs + 1))).toMatchObject([{ records: [{ index: 0 }], facts: { headSize: 2 } }]);
    expect(lag([{ size: 2, timeMs: noonMs }], [...records, tick(witnessLagMs + 2)])).toEqual([]);
    expect(lag([{ size: 2, timeMs: noonMs }], [...records, tick(witnessLagMs + 3)])).toMatchObject([
      { records: [{ index: 2 }], facts: { thresholdMs: witnessLagMs } },
    ]);
    expect(foundBy('witness-lag', [...records, tick(dayMs)])).toEqual([]);
  });
});

describe('self-review', () => {
  const look = (detail: string, facts: Partial<TestingRecord> = {}): TestingRecord => ({
    ...{ event: 'audit.query', timeMs: noonMs, what: { detail: `purpose=lawfulness ${detail}` } },
    ...facts,
  });

  it('finds an auditor who asks for the own person, device, authority or record', () => {
    const ids = { person: testingIds.person(1), device: testingIds.device(1), authority: testingIds.authority(1) };
    for (const [name, id] of Object.entries(ids)) {
      expect(foundBy('self-review', [look(`${name}=${id}`)])).toMatchObject([{ facts: { about: name } }]);
    }
    const own = parseObjectId(`01${'1'.padStart(30, '0')}`);
    const view = look('', { event: 'audit.view', what: { objectId: own } });
    expect(foundBy('self-review', [look('first=5'), view])).toMatchObject([{ facts: { about: 'record' } }]);
  });

  it('lets a look at others be', () => {
    expect(
      foundBy('self-review', [look(`person=${testingIds.person(2)} authority=${testingIds.authority(2)}`)]),
    ).toEqual([]);
    expect(foundBy('self-review', [look(`person=${testingIds.person(1)}`, { outcome: 'denied' })])).toEqual([]);
  });
});
