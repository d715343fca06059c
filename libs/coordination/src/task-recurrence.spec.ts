import { describe, expect, it } from '@jest/globals';
import { dayOf, instantAt } from './local-time.js';
import { occurrences, parseRecurrence } from './task-recurrence.js';
import { codeOf } from './testing/code-of.js';

const start = { date: '2026-10-22', time: '09:00', zone: 'Europe/Paris' };

function datesOf(rule: string, from = start, most = 20): readonly string[] {
  const found = occurrences(parseRecurrence(rule), from, { fromMs: 0, most });
  return found.map((ms) => new Date(ms).toISOString().slice(0, 16));
}

describe('a task that comes again', () => {
  it('keeps to the clock on the wall when summer time ends', () => {
    expect(datesOf('FREQ=WEEKLY;COUNT=3')).toEqual(['2026-10-22T07:00', '2026-10-29T08:00', '2026-11-05T08:00']);
    expect(datesOf('FREQ=DAILY;INTERVAL=3;UNTIL=20261028')).toEqual([
      '2026-10-22T07:00',
      '2026-10-25T08:00',
      '2026-10-28T08:00',
    ]);
  });

  it('comes on the days of the week, from its first day on', () => {
    expect(datesOf('FREQ=WEEKLY;INTERVAL=2;BYDAY=FR,MO;COUNT=4')).toEqual([
      '2026-10-23T07:00',
      '2026-11-02T08:00',
      '2026-11-06T08:00',
      '2026-11-16T08:00',
    ]);
  });

  it('comes on a day of the month where there is one, or on the last', () => {
    const first = { date: '2026-12-31', time: '12:00', zone: 'UTC' };
    expect(datesOf('FREQ=MONTHLY;COUNT=3', first)).toEqual([
      '2026-12-31T12:00',
      '2027-01-31T12:00',
      '2027-03-31T12:00',
    ]);
    expect(datesOf('FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3', first)).toEqual([
      '2026-12-31T12:00',
      '2027-01-31T12:00',
      '2027-02-28T12:00',
    ]);
  });

  it('can be asked for from any moment on', () => {
    const fromMs = Date.UTC(2027, 0, 1);
    const found = occurrences(parseRecurrence('FREQ=WEEKLY'), start, { fromMs, most: 1 });
    expect(found.map((ms) => new Date(ms).toISOString())).toEqual(['2027-01-07T08:00:00.000Z']);
  });

  it('ends, also when its rule never falls due', () => {
    const leap = { date: '2026-02-01', time: '09:00', zone: 'UTC' };
    expect(datesOf('FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=30', leap)).toEqual([]);
  });

  it.each([
    '',
    'FREQ=HOURLY',
    'FREQ=DAILY;FREQ=DAILY',
    'FREQ=DAILY;BYSETPOS=1',
    'FREQ=DAILY;BYDAY=MO',
    'FREQ=WEEKLY;BYDAY=1MO',
    'FREQ=WEEKLY;BYDAY=MO,MO',
    'FREQ=MONTHLY;BYMONTHDAY=0',
    'FREQ=MONTHLY;BYMONTHDAY=32',
    'FREQ=DAILY;INTERVAL=0',
    'FREQ=DAILY;COUNT=2;UNTIL=20270101',
    'INTERVAL=2',
  ])('is refused for %p', (rule) => {
    expect(codeOf(() => parseRecurrence(rule))).toBe('task/recurrence');
  });
});

describe('a local time', () => {
  const at = (date: string, minute: number) => new Date(instantAt(dayOf(date), minute, 'Europe/Paris')).toISOString();

  it('that summer time skips is taken by the offset before it; one that comes twice is the first', () => {
    expect(at('2026-03-29', 150)).toBe('2026-03-29T01:30:00.000Z');
    expect(at('2026-10-25', 150)).toBe('2026-10-25T00:30:00.000Z');
    expect(at('2026-10-25', 180)).toBe('2026-10-25T02:00:00.000Z');
  });

  it('needs a day and a zone that exist', () => {
    expect(codeOf(() => dayOf('2026-02-29'))).toBe('codec/local-time');
    expect(codeOf(() => instantAt(0, 0, 'Europe/Atlantis'))).toBe('codec/local-hours');
  });
});
