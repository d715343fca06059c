import { describe, expect, it } from '@jest/globals';
import { dateOf, dayOf, instantAt } from '@rogatory/coordination';
import { isPublicHoliday, memberStates, parseMemberState, parseZone } from './calendar.js';
import { DeadlineRefusedError } from './deadlines.errors.js';
import { dayAt, endOfPeriod, isWeekend, isWorkingDay, type Length, type Place } from './period.js';

const berlin: Place = { state: 'DE', zone: 'Europe/Berlin' };
const paris: Place = { state: 'FR', zone: 'Europe/Paris' };

function lastDay(from: string, unit: Length['unit'], amount: number, place = berlin): string {
  const { endMs } = endOfPeriod(instantAt(dayOf(from), 600, place.zone), { amount, unit }, place);
  expect(endMs).toBe(instantAt(dayAt(endMs - 1, place.zone) + 1, 0, place.zone));
  return dateOf(dayAt(endMs - 1, place.zone));
}

describe('Regulation 1182/71', () => {
  it.each([
    // Art. 3(1), 3(2)(b): the day of the event is not counted.
    ['2026-11-02', 'days', 1, '2026-11-03'],
    ['2026-11-02', 'days', 30, '2026-12-02'],
    // Art. 3(2)(c): the same day of the week, the same date.
    ['2026-11-03', 'weeks', 1, '2026-11-10'],
    ['2026-11-03', 'months', 1, '2026-12-03'],
    ['2026-11-30', 'months', 1, '2026-12-30'],
    ['2026-11-03', 'years', 3, '2029-11-05'],
    // Art. 3(2)(c): the month without such a day, leap year and not.
    ['2028-01-31', 'months', 1, '2028-02-29'],
    ['2029-01-30', 'months', 1, '2029-02-28'],
    ['2028-02-29', 'years', 1, '2029-02-28'],
    ['2026-08-31', 'months', 1, '2026-09-30'],
    // Art. 3(4): Saturday, Sunday, public holiday, and several of them.
    ['2026-11-07', 'weeks', 1, '2026-11-16'],
    ['2026-11-08', 'weeks', 1, '2026-11-16'],
    ['2026-12-25', 'weeks', 1, '2027-01-04'],
    ['2026-03-27', 'weeks', 1, '2026-04-07'],
    // Art. 3(5): at least two working days in two days or more; one day alone needs one.
    ['2026-11-06', 'days', 3, '2026-11-10'],
    ['2026-11-06', 'days', 2, '2026-11-10'],
    ['2026-11-05', 'days', 2, '2026-11-09'],
    ['2026-11-06', 'days', 1, '2026-11-09'],
    ['2026-12-24', 'days', 4, '2026-12-29'],
    // Art. 2(2), 3(3): expressed in working days.
    ['2026-11-06', 'working-days', 1, '2026-11-09'],
    ['2026-11-06', 'working-days', 5, '2026-11-13'],
    ['2026-12-23', 'working-days', 2, '2026-12-28'],
  ] as const)('from %s, %s %i ends with %s', (from, unit, amount, expected) => {
    expect(lastDay(from, unit, amount)).toBe(expected);
  });

  it('counts the holidays of the place alone', () => {
    expect(lastDay('2026-07-07', 'weeks', 1, paris)).toBe('2026-07-15');
    expect(lastDay('2026-07-07', 'weeks', 1)).toBe('2026-07-14');
  });

  it('does not count the hour of the event, and moves no end of hours', () => {
    const { endMs, cautiousMs, steps } = endOfPeriod(
      Date.parse('2026-11-06T09:30:00Z'),
      { amount: 48, unit: 'hours' },
      berlin,
    );
    expect(new Date(endMs).toISOString()).toBe('2026-11-08T10:00:00.000Z');
    expect(new Date(cautiousMs).toISOString()).toBe('2026-11-08T09:30:00.000Z');
    expect(steps).toEqual([{ kind: 'not-counted', unit: 'hour' }]);
    const sharp = endOfPeriod(Date.parse('2026-11-06T09:00:00Z'), { amount: 1, unit: 'hours' }, berlin);
    expect(new Date(sharp.endMs).toISOString()).toBe('2026-11-06T11:00:00.000Z');
  });

  it('ends at midnight of the place before and after summer time begins and ends', () => {
    const before = endOfPeriod(Date.parse('2026-03-26T10:00:00Z'), { amount: 5, unit: 'days' }, berlin);
    expect(new Date(before.endMs).toISOString()).toBe('2026-03-31T22:00:00.000Z');
    const after = endOfPeriod(Date.parse('2026-10-22T10:00:00Z'), { amount: 5, unit: 'days' }, berlin);
    expect(new Date(after.endMs).toISOString()).toBe('2026-10-27T23:00:00.000Z');
  });

  it('takes the day of the event by the clocks of the place', () => {
    const late = Date.parse('2026-11-03T22:30:00Z');
    expect(dateOf(dayAt(late, 'Europe/Berlin'))).toBe('2026-11-03');
    expect(dateOf(dayAt(late, 'Europe/Helsinki'))).toBe('2026-11-04');
  });

  it('says why it ends there', () => {
    const start = instantAt(dayOf('2026-11-06'), 600, berlin.zone);
    expect(endOfPeriod(start, { amount: 2, unit: 'days' }, berlin).steps).toEqual([
      { kind: 'not-counted', unit: 'day' },
      { kind: 'last-day', date: '2026-11-08' },
      { kind: 'moved', from: '2026-11-08', to: '2026-11-09' },
      { kind: 'two-working-days', to: '2026-11-10' },
    ]);
    const month = endOfPeriod(instantAt(dayOf('2028-01-31'), 600, berlin.zone), { amount: 1, unit: 'months' }, berlin);
    expect(month.steps[1]).toEqual({ kind: 'month-end', date: '2028-02-29' });
  });
});

describe('the calendar', () => {
  it('knows every state in every year it claims, and refuses every other', () => {
    for (const state of memberStates) {
      expect(isPublicHoliday(dayOf('2024-01-01'), state)).toBe(true);
      expect(isPublicHoliday(dayOf('2037-12-25'), state)).toBe(true);
      expect(isPublicHoliday(dayOf('2026-11-24'), state)).toBe(false);
      expect(() => isPublicHoliday(dayOf('2023-12-31'), state)).toThrow(DeadlineRefusedError);
      expect(() => isPublicHoliday(dayOf('2038-01-01'), state)).toThrow(DeadlineRefusedError);
    }
    expect(memberStates).toHaveLength(27);
  });

  it('knows the days of the week', () => {
    expect(['2026-11-20', '2026-11-21', '2026-11-22', '2026-11-23'].map((date) => isWeekend(dayOf(date)))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(isWeekend(-2)).toBe(false);
    expect(isWeekend(-4)).toBe(true);
    expect(isWorkingDay(dayOf('2026-11-11'), 'FR')).toBe(false);
    expect(isWorkingDay(dayOf('2026-11-11'), 'DE')).toBe(true);
  });

  it('takes no other state', () => {
    expect(parseMemberState('MT')).toBe('MT');
    expect(() => parseMemberState('GB')).toThrow('not a member state');
  });

  it('takes no other zone', () => {
    expect(parseZone('Europe/Malta')).toBe('Europe/Malta');
    expect(() => parseZone('Europe/Nowhere')).toThrow('not a member state or not a time zone');
  });
});
