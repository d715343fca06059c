import { describe, expect, it } from '@jest/globals';
import { defaultFindingSettings } from '../settings.js';
import {
  dayMs,
  foundBy,
  hourMs,
  minuteMs,
  noonMs,
  parisCalendar,
  testingIds,
  type TestingRecord,
} from '../testing/records.js';
import { whyOf } from '../words.js';

const { bulkObjectsPerHour, bulkDayFloor, newDeviceObjects, newDeviceMs } = defaultFindingSettings;

/** So many different documents, a second apart. */
function reads(count: number, facts: Partial<TestingRecord> = {}, from = noonMs): TestingRecord[] {
  return Array.from({ length: count }, (_, n) => ({
    timeMs: from + n * 1_000,
    object: n + 1,
    caseNumber: 1,
    ...facts,
  }));
}

describe('bulk-hour', () => {
  it('finds one document more than the threshold, and not the threshold itself', () => {
    expect(foundBy('bulk-hour', reads(bulkObjectsPerHour))).toEqual([]);
    const [finding] = foundBy('bulk-hour', reads(bulkObjectsPerHour + 1));
    expect(finding).toMatchObject({
      facts: { objects: 101, threshold: 100 },
      ...{ severity: 'high', recordCount: 101, fromMs: noonMs, untilMs: noonMs + 100_000 },
      ...{ person: testingIds.person(1), authorities: [testingIds.authority(1)] },
    });
    expect(finding?.records).toHaveLength(100);
    expect(finding && whyOf(finding)).toBe(
      'Up to 101 different things were read within an hour; more than 100 is much.',
    );
  });

  it('grows while the hour stays full: one finding with the largest number', () => {
    const found = foundBy('bulk-hour', reads(500));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ facts: { objects: 500 }, recordCount: 500 });
    expect(found[0]?.id).toBe(foundBy('bulk-hour', reads(101))[0]?.id);
  });

  it('counts a thing once, however often it is read', () => {
    const again = reads(300).map((read) => ({ ...read, object: (read.object ?? 0) % 100 }));
    expect(foundBy('bulk-hour', again)).toEqual([]);
  });

  it('slides: an hour after the first, that one counts no more', () => {
    const split = (gapMs: number) => [
      ...reads(60),
      ...reads(60, {}, noonMs + gapMs).map((read, n) => ({ ...read, object: 100 + n })),
    ];
    expect(foundBy('bulk-hour', split(30 * minuteMs))).toHaveLength(1);
    expect(foundBy('bulk-hour', split(hourMs))).toEqual([]);
    const edge = (lastMs: number) => [...reads(100, { timeMs: noonMs }), { timeMs: lastMs, object: 101 }];
    expect(foundBy('bulk-hour', edge(noonMs + hourMs - 1))).toHaveLength(1);
    expect(foundBy('bulk-hour', edge(noonMs + hourMs))).toEqual([]);
  });

  it('finds a second burst anew', () => {
    expect(foundBy('bulk-hour', [...reads(101), ...reads(101, {}, noonMs + 3 * hourMs)])).toHaveLength(2);
  });

  it('keeps people apart, and leaves refused reads out', () => {
    const two = reads(120).map((read, n) => ({ ...read, person: 1 + (n % 2) }));
    expect(foundBy('bulk-hour', two)).toEqual([]);
    expect(foundBy('bulk-hour', reads(150, { outcome: 'denied' }))).toEqual([]);
  });
});

describe('bulk-day', () => {
  /** Five days of ten documents each, then a day of `last`. */
  const days = (last: number, earlier = 5) => [
    ...Array.from({ length: earlier }, (_, day) => reads(10, {}, noonMs + day * dayMs)).flat(),
    ...reads(last, {}, noonMs + earlier * dayMs),
  ];

  it('finds a day of more than three times the median', () => {
    expect(foundBy('bulk-day', days(30))).toEqual([]);
    const [finding] = foundBy('bulk-day', days(31));
    expect(finding).toMatchObject({ facts: { objects: 31, median: 10, factor: 3, days: 5 } });
    expect(finding?.records.map(({ index }) => index)).toEqual([50, 80]);
  });

  it('says nothing of people with too few days, or of small numbers', () => {
    expect(foundBy('bulk-day', days(90, 4))).toEqual([]);
    const small = (last: number) => [
      ...Array.from({ length: 5 }, (_, day) => reads(1, {}, noonMs + day * dayMs)).flat(),
      ...reads(last, {}, noonMs + 5 * dayMs),
    ];
    expect(foundBy('bulk-day', small(bulkDayFloor))).toEqual([]);
    expect(foundBy('bulk-day', small(bulkDayFloor + 1))).toHaveLength(1);
  });

  it('forgets days that are more than thirty days ago', () => {
    const later = (gapDays: number) => [
      ...Array.from({ length: 5 }, (_, day) => reads(10, {}, noonMs + day * dayMs)).flat(),
      ...reads(90, {}, noonMs + (4 + gapDays) * dayMs),
    ];
    expect(foundBy('bulk-day', later(26))).toHaveLength(1);
    expect(foundBy('bulk-day', later(27))).toEqual([]);
  });

  it('counts by the days of the authority, where its calendar is known', () => {
    // 23:30 UTC is half past midnight in Paris: one UTC day, two Paris days.
    const evening = Date.UTC(2026, 10, 28, 22, 30);
    const history = Array.from({ length: 5 }, (_, day) => reads(10, {}, noonMs + day * dayMs)).flat();
    const split = [
      ...history,
      ...reads(20, {}, evening),
      ...reads(15, {}, evening + hourMs).map((read, n) => ({ ...read, object: 50 + n })),
    ];
    expect(foundBy('bulk-day', split)).toEqual([]);
    const [finding] = foundBy('bulk-day', split, { calendars: [] });
    expect(finding?.facts).toMatchObject({ objects: 35 });
    expect(finding).not.toHaveProperty('calendar');
  });
});

describe('new-device', () => {
  const login: TestingRecord = { event: 'auth.login', timeMs: noonMs, device: 9 };

  it('finds a device that reads much soon after its first record', () => {
    const after = (count: number) => [login, ...reads(count, { device: 9 }, noonMs + hourMs)];
    expect(foundBy('new-device', after(newDeviceObjects))).toEqual([]);
    const [finding] = foundBy('new-device', after(newDeviceObjects + 1));
    expect(finding).toMatchObject({ device: testingIds.device(9), facts: { objects: 51, threshold: 50 } });
    expect(finding?.records.map(({ index }) => index)).toEqual([0, 51]);
  });

  it('lets a device be that has come of age', () => {
    const late = [login, ...reads(90, { device: 9 }, noonMs + newDeviceMs + 1)];
    expect(foundBy('new-device', late)).toEqual([]);
  });
});

describe('off-hours', () => {
  const at = (iso: string, facts: Partial<TestingRecord> = {}): TestingRecord => ({
    timeMs: Date.parse(iso),
    ...facts,
  });

  it('joins the acts of a day and says when the first was', () => {
    const found = foundBy('off-hours', [
      at('2026-11-23T17:59:59+01:00'),
      at('2026-11-23T18:00:00+01:00'),
      at('2026-11-23T23:59:00+01:00', { event: 'msg.send' }),
      at('2026-11-24T00:01:00+01:00'),
    ]);
    expect(found.map(({ recordCount, facts }) => [recordCount, facts['date'], facts['firstAt']])).toEqual([
      [2, '2026-11-23', '18:00'],
      [1, '2026-11-24', '00:01'],
    ]);
    expect(found[0] && whyOf(found[0])).toBe(
      '2 acts outside working hours on 2026-11-23, the first at 18:00 (Europe/Paris).',
    );
  });

  it('leaves out what programs do by themselves, and authorities without a calendar', () => {
    const night = '2026-11-23T03:00:00+01:00';
    const events = ['key.heartbeat', 'auth.refresh', 'compartment.read', 'case.list', 'audit.receipt'] as const;
    expect(
      foundBy(
        'off-hours',
        events.map((event) => at(night, { event })),
      ),
    ).toEqual([]);
    expect(foundBy('off-hours', [at(night, { authority: 2 })])).toEqual([]);
    expect(foundBy('off-hours', [at(night, { outcome: 'denied' })])).toHaveLength(1);
  });

  it('keeps its id under another calendar, and names the calendar it used', () => {
    const night = [at('2026-11-23T03:00:00+01:00')];
    const own = { ...parisCalendar, zone: 'Europe/Berlin' };
    const [[first], [second]] = [foundBy('off-hours', night), foundBy('off-hours', night, { calendars: [own] })];
    expect(first?.id).toBe(second?.id);
    expect(first?.calendar).not.toBe(second?.calendar);
  });
});

describe('export-volume', () => {
  const { exportBytesPerDay, exportRecordsPerDay } = defaultFindingSettings;

  it('adds up the bytes of a day', () => {
    const halves = (extra: number) => [
      { timeMs: noonMs, object: 1, what: { bytes: exportBytesPerDay - 1 } },
      { timeMs: noonMs + 1, object: 2, what: { bytes: extra } },
    ];
    expect(foundBy('export-volume', halves(1))).toEqual([]);
    expect(foundBy('export-volume', halves(2))).toMatchObject([
      { facts: { bytes: exportBytesPerDay + 1 }, recordCount: 2 },
    ]);
    const nextDay = halves(2).map((read, n) => ({ ...read, timeMs: noonMs + n * dayMs }));
    expect(foundBy('export-volume', nextDay)).toEqual([]);
  });

  it('adds up records of the log, and grows', () => {
    const looks = (count: number): TestingRecord => ({ event: 'audit.query', timeMs: noonMs, what: { count } });
    expect(foundBy('export-volume', [looks(exportRecordsPerDay)])).toEqual([]);
    expect(foundBy('export-volume', [looks(exportRecordsPerDay), looks(1), looks(5)])).toMatchObject([
      { facts: { records: exportRecordsPerDay + 6 }, recordCount: 3 },
    ]);
  });
});
