import { describe, expect, it } from '@jest/globals';
import { CodecError, utf8 } from '@rogatory/kernel';
import { calendarFile, calendarHash, decodeCalendar, encodeCalendar, parseCalendarFile } from './calendar.js';
import { isOffHours, LocalClock } from './local-clock.js';
import { parisCalendar } from './testing/records.js';

const paris = new LocalClock('Europe/Paris');
const isOff = (iso: string) => isOffHours(parisCalendar, paris.at(Date.parse(iso)));

describe('a calendar of working hours', () => {
  it('comes back from its bytes, and from a file that people write', () => {
    expect(decodeCalendar(encodeCalendar(parisCalendar))).toEqual(parisCalendar);
    expect(parseCalendarFile(calendarFile([parisCalendar]))).toEqual([parisCalendar]);
  });

  it('has a hash that changes with each of its fields', () => {
    const changed = [
      { ...parisCalendar, zone: 'Europe/Berlin' },
      { ...parisCalendar, holidays: [] },
      { ...parisCalendar, week: parisCalendar.week.map(() => [[0, 1_440] as const]) },
    ];
    expect(new Set([parisCalendar, ...changed].map(calendarHash)).size).toBe(4);
  });

  it.each([
    ['a day too few', { week: parisCalendar.week.slice(1) }],
    ['ranges that overlap', { week: parisCalendar.week.map(() => [[60, 120] as const, [119, 180] as const]) }],
    ['a range that ends before it begins', { week: parisCalendar.week.map(() => [[60, 60] as const]) }],
    ['a minute beyond the day', { week: parisCalendar.week.map(() => [[60, 1_441] as const]) }],
    ['a zone that nobody knows', { zone: 'Europe/Atlantis' }],
    ['holidays out of order', { holidays: ['2026-12-25', '2026-01-01'] }],
    ['a holiday that is no date', { holidays: ['2026-13-01'] }],
  ])('is refused with %s', (_name, fault) => {
    expect(() => decodeCalendar(encodeCalendar({ ...parisCalendar, ...fault }))).toThrow(CodecError);
  });

  it('is refused twice for one authority, and with fields that nobody knows', () => {
    expect(() => parseCalendarFile(calendarFile([parisCalendar, parisCalendar]))).toThrow(CodecError);
    const more = JSON.stringify({ format: 'rogatory/calendars/v1', calendars: [{ ...parisCalendar, lunch: 1 }] });
    expect(() => parseCalendarFile(utf8(more))).toThrow(CodecError);
    expect(() => parseCalendarFile(utf8('not json'))).toThrow(CodecError);
  });
});

describe('working hours', () => {
  it('begin with their first minute and end before their last', () => {
    expect(['07:59:59', '08:00:00', '17:59:59', '18:00:00'].map((time) => isOff(`2026-11-23T${time}+01:00`))).toEqual([
      ...[true, false, false, true],
    ]);
  });

  it('leave out weekends and holidays', () => {
    expect(isOff('2026-11-22T12:00:00+01:00')).toBe(true);
    expect(isOff('2026-12-25T12:00:00+01:00')).toBe(true);
    expect(isOff('2026-12-24T12:00:00+01:00')).toBe(false);
  });

  it('follow the clocks of the place over the changes of spring and autumn', () => {
    // Friday before and Monday after 2026-03-29: eight in the morning is 07:00 UTC, then 06:00 UTC.
    expect([isOff('2026-03-27T06:59:00Z'), isOff('2026-03-27T07:00:00Z')]).toEqual([true, false]);
    expect([isOff('2026-03-30T05:59:00Z'), isOff('2026-03-30T06:00:00Z')]).toEqual([true, false]);
    expect([isOff('2026-10-26T06:59:00Z'), isOff('2026-10-26T07:00:00Z')]).toEqual([true, false]);
  });

  it('judge an hour that comes twice by the same minutes both times', () => {
    const night = { ...parisCalendar, week: parisCalendar.week.map(() => [[150, 180] as const]) };
    const at = (iso: string) => isOffHours(night, paris.at(Date.parse(iso)));
    // 2026-10-25: half past two comes at 00:30 UTC and again at 01:30 UTC.
    expect([at('2026-10-25T00:29:59Z'), at('2026-10-25T00:30:00Z'), at('2026-10-25T01:00:00Z')]).toEqual([
      ...[true, false, true],
    ]);
    expect([at('2026-10-25T01:30:00Z'), at('2026-10-25T02:00:00Z')]).toEqual([false, true]);
  });

  it('hold in zones whose offset is no whole hour, and before 1970', () => {
    expect(new LocalClock('Asia/Kathmandu').at(0)).toEqual({ date: '1970-01-01', weekday: 3, minute: 330 });
    expect(new LocalClock('UTC').at(-1)).toEqual({ date: '1969-12-31', weekday: 2, minute: 1_439 });
    expect(new LocalClock('Asia/Kolkata').dayAt(Date.UTC(2026, 0, 1, 18, 30))).toBe(Date.UTC(2026, 0, 2) / 86_400_000);
  });
});
