import { dateOf, instantAt } from '@rogatory/coordination';
import { offsetAt } from '@rogatory/protocol';
import { isPublicHoliday, type MemberState } from './calendar.js';

export const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** How long a period is, as the law writes it. */
export interface Length {
  readonly amount: number;
  readonly unit: 'hours' | 'days' | 'working-days' | 'weeks' | 'months' | 'years';
}

/** Where the action is to be taken: its public holidays and its clocks count, for both sides (Reg. 1182/71 Art. 2(1)). */
export interface Place {
  readonly state: MemberState;
  /** IANA name */
  readonly zone: string;
}

/** Why a period ends where it does, for the words of an explanation. */
export type PeriodStep =
  /** The hour or day of the event is not counted, Art. 3(1). */
  | { readonly kind: 'not-counted'; readonly unit: 'hour' | 'day' }
  /** The month has no such day, Art. 3(2)(c). */
  | { readonly kind: 'month-end'; readonly date: string }
  /** Where the period ends by its length alone, Art. 3(2). */
  | { readonly kind: 'last-day'; readonly date: string }
  /** The last day was no working day, Art. 3(4). */
  | { readonly kind: 'moved'; readonly from: string; readonly to: string }
  /** Fewer than two working days, Art. 3(5). */
  | { readonly kind: 'two-working-days'; readonly to: string };

/** How long a period stood still: exact, and in days of the place for periods that are not in hours. */
export interface Paused {
  readonly ms: number;
  readonly days: number;
}

export interface PeriodEnd {
  /** The first moment after the period: what is done before it is in time. */
  readonly endMs: number;
  /**
   * The same counted from the moment itself and moved by no rule: whoever acts before it is in time also where a
   * national law does not follow the Regulation. Never after `endMs`.
   */
  readonly cautiousMs: number;
  readonly steps: readonly PeriodStep[];
}

/** The local day of a moment, as days since 1970-01-01. */
export function dayAt(timeMs: number, zone: string): number {
  return Math.floor((timeMs + offsetAt(timeMs, zone)) / DAY_MS);
}

/** SPEC: Reg. 1182/71 Art. 2(2): all days other than public holidays, Sundays and Saturdays. */
export function isWorkingDay(day: number, state: MemberState): boolean {
  return !isWeekend(day) && !isPublicHoliday(day, state);
}

/** 1970-01-01 was a Thursday. */
export function isWeekend(day: number): boolean {
  return (((day + 3) % 7) + 7) % 7 >= 5;
}

/**
 * The end of a period after an event, by Regulation (EEC, Euratom) 1182/71 Art. 3.
 * @throws DeadlineRefusedError `deadline/calendar` outside the years that the calendar knows.
 */
export function endOfPeriod(startMs: number, length: Length, place: Place, paused?: Paused): PeriodEnd {
  return length.unit === 'hours'
    ? endOfHours(startMs, length.amount, paused?.ms ?? 0)
    : endOfDays(dayAt(startMs, place.zone), length, place, paused?.days ?? 0);
}

/** SPEC: Art. 3(1) the hour of the event is not counted; 3(4) leaves periods in hours where they end. */
function endOfHours(startMs: number, hours: number, pausedMs: number): PeriodEnd {
  // All zones of the member states are whole hours away from UTC.
  const firstMs = (Math.floor(startMs / HOUR_MS) + 1) * HOUR_MS;
  return {
    endMs: firstMs + hours * HOUR_MS + pausedMs,
    cautiousMs: startMs + hours * HOUR_MS + pausedMs,
    steps: [{ kind: 'not-counted', unit: 'hour' }],
  };
}

function endOfDays(startDay: number, length: Length, place: Place, pausedDays: number): PeriodEnd {
  const steps: PeriodStep[] = [{ kind: 'not-counted', unit: 'day' }];
  const counted = lastDay(startDay, length, place.state);
  if (counted.isMonthEnd) steps.push({ kind: 'month-end', date: dateOf(counted.day) });
  const last = counted.day + pausedDays;
  steps.push({ kind: 'last-day', date: dateOf(last) });
  const working = workingDayFrom(last, place.state);
  if (working !== last) steps.push({ kind: 'moved', from: dateOf(last), to: dateOf(working) });
  const end = withTwoWorkingDays(startDay, working, isTwoDaysOrMore(length), place.state);
  if (end !== working) steps.push({ kind: 'two-working-days', to: dateOf(end) });
  return { endMs: endOfDay(end, place.zone), cautiousMs: endOfDay(last, place.zone), steps };
}

/** The first moment after a local day. */
export function endOfDay(day: number, zone: string): number {
  return instantAt(day + 1, 0, zone);
}

function lastDay(start: number, { amount, unit }: Length, state: MemberState): { day: number; isMonthEnd?: true } {
  switch (unit) {
    case 'weeks':
      return { day: start + 7 * amount };
    case 'months':
      return sameDateAfter(start, amount);
    case 'years':
      return sameDateAfter(start, 12 * amount);
    case 'working-days':
      return { day: workingDaysAfter(start, amount, state) };
    default:
      return { day: start + amount };
  }
}

/** SPEC: Art. 3(2)(c): the same date, and the last day of the month where the month has no such date. */
function sameDateAfter(start: number, months: number): { day: number; isMonthEnd?: true } {
  const from = new Date(start * DAY_MS);
  const year = from.getUTCFullYear();
  const month = from.getUTCMonth() + months;
  const same = Date.UTC(year, month, from.getUTCDate()) / DAY_MS;
  const monthEnd = Date.UTC(year, month + 1, 0) / DAY_MS;
  return same > monthEnd ? { day: monthEnd, isMonthEnd: true } : { day: same };
}

function workingDaysAfter(start: number, amount: number, state: MemberState): number {
  let day = start;
  for (let left = amount; left > 0; left -= isWorkingDay(day, state) ? 1 : 0) day++;
  return day;
}

/** SPEC: Art. 3(4): the following working day, where the last day is a public holiday, Sunday or Saturday. */
function workingDayFrom(last: number, state: MemberState): number {
  let day = last;
  while (!isWorkingDay(day, state)) day++;
  return day;
}

/** SPEC: Art. 3(5): any period of two days or more shall include at least two working days. */
function withTwoWorkingDays(start: number, last: number, isDue: boolean, state: MemberState): number {
  if (!isDue) return last;
  let working = 0;
  for (let day = start + 1; day <= last && working < 2; day++) working += isWorkingDay(day, state) ? 1 : 0;
  let end = last;
  for (; working < 2; working += isWorkingDay(end, state) ? 1 : 0) end++;
  return end;
}

function isTwoDaysOrMore({ amount, unit }: Length): boolean {
  return amount >= 2 || (unit !== 'days' && unit !== 'working-days');
}
