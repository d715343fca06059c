import { limits } from '@rogatory/kernel';
import { dateOf, dayOf, instantAt, minuteOf } from './local-time.js';
import { wrongRecurrence } from './task.errors.js';

const weekdays = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const;
const frequencies = ['DAILY', 'WEEKLY', 'MONTHLY'] as const;
/** 1970-01-01 was a Thursday. */
const FIRST_WEEKDAY = 3;
const PART = /^([A-Z]+)=([A-Z0-9,-]+)$/;

/** How often a task comes again: the part of RFC 5545 3.3.10 that deadlines need. */
export interface Recurrence {
  readonly frequency: (typeof frequencies)[number];
  /** Every so many days, weeks or months. */
  readonly interval: number;
  /** 0 for Monday; only with WEEKLY, where none means the day of the first. */
  readonly weekdays: readonly number[];
  /** 1 to 31, or -1 for the last day; only with MONTHLY. Months without that day are left out. */
  readonly monthDay?: number;
  readonly count?: number;
  /** The last date that may be one. */
  readonly untilDate?: string;
}

/** When it begins, by the clocks of a zone. */
export interface RecurrenceStart {
  /** `YYYY-MM-DD` */
  readonly date: string;
  /** `HH:MM` */
  readonly time: string;
  readonly zone: string;
}

/**
 * Reads `FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;COUNT=10`. UNTIL is a date (`20261231`).
 * @throws RefusedError `task/recurrence` for every other part of RFC 5545: what is not understood must not be half followed.
 */
export function parseRecurrence(text: string): Recurrence {
  const parts = new Map<string, string>();
  for (const part of text.split(';')) {
    const found = PART.exec(part);
    if (found === null || parts.has(found[1] as string)) throw wrongRecurrence();
    parts.set(found[1] as string, found[2] as string);
  }
  const take = (name: string) => {
    const value = parts.get(name);
    parts.delete(name);
    return value;
  };
  const frequency = frequencies.find((name) => name === parts.get('FREQ'));
  take('FREQ');
  const rule = {
    interval: numberIn(take('INTERVAL') ?? '1', 1, 1_000),
    weekdays: weekdaysOf(take('BYDAY')),
    monthDay: monthDayOf(take('BYMONTHDAY')),
    count: optional(take('COUNT'), (value) => numberIn(value, 1, limits.maxTaskOccurrences)),
    untilDate: optional(take('UNTIL'), dateFrom),
  };
  const isKnown = frequency !== undefined && parts.size === 0 && (rule.count === undefined || !rule.untilDate);
  const isApt =
    (rule.weekdays.length === 0 || frequency === 'WEEKLY') && (rule.monthDay === undefined || frequency === 'MONTHLY');
  if (!isKnown || !isApt) throw wrongRecurrence();
  const { monthDay, count, untilDate, ...always } = rule;
  return {
    ...{ frequency, ...always },
    ...(monthDay === undefined ? {} : { monthDay }),
    ...(count === undefined ? {} : { count }),
    ...(untilDate === undefined ? {} : { untilDate }),
  };
}

/**
 * The moments from `fromMs` on, earliest first, at most so many. The clock on the wall stays the same when summer time
 * begins and ends; a time that does not exist on a day is taken as `instantAt` says.
 * @throws RefusedError `task/recurrence` for more than `limits.maxTaskOccurrences`; CodecError `codec/local-time`,
 * `codec/local-hours`.
 */
export function occurrences(
  rule: Recurrence,
  start: RecurrenceStart,
  { fromMs, most }: { readonly fromMs: number; readonly most: number },
): readonly number[] {
  if (most > limits.maxTaskOccurrences) throw wrongRecurrence();
  const minute = minuteOf(start.time);
  const found: number[] = [];
  for (const day of daysOf(rule, dayOf(start.date))) {
    if (found.length >= most) break;
    const atMs = instantAt(day, minute, start.zone);
    if (atMs >= fromMs) found.push(atMs);
  }
  return found;
}

/** Days of the rule in order, to its end or the horizon. */
function* daysOf(rule: Recurrence, first: number): Generator<number> {
  const horizon = first + limits.maxTaskOccurrenceYears * 366;
  const until = rule.untilDate === undefined ? horizon : Math.min(horizon, dayOf(rule.untilDate));
  let left = rule.count ?? Number.POSITIVE_INFINITY;
  for (let period = 0; ; period++) {
    const { days, endsAfter } = periodOf(rule, first, period * rule.interval);
    for (const day of days) {
      if (day < first) continue;
      if (day > until || left === 0) return;
      yield day;
      left--;
    }
    if (left === 0 || endsAfter > until) return;
  }
}

/** The days of one period, so many days, weeks or months after the first, and a day not after its end. */
function periodOf(rule: Recurrence, first: number, ahead: number): { days: readonly number[]; endsAfter: number } {
  if (rule.frequency === 'DAILY') return { days: [first + ahead], endsAfter: first + ahead };
  if (rule.frequency === 'WEEKLY') {
    const weekday = (first + FIRST_WEEKDAY) % 7;
    const monday = first - weekday + 7 * ahead;
    const chosen = rule.weekdays.length === 0 ? [weekday] : rule.weekdays;
    return { days: chosen.map((day) => monday + day), endsAfter: monday };
  }
  const [year, month, day] = dateOf(first).split('-').map(Number) as [number, number, number];
  const index = 12 * year + month - 1 + ahead;
  const monthStart = dayOfMonth(index);
  const length = dayOfMonth(index + 1) - monthStart;
  const wanted = rule.monthDay === -1 ? length : (rule.monthDay ?? day);
  return { days: wanted <= length ? [monthStart + wanted - 1] : [], endsAfter: monthStart };
}

function dayOfMonth(index: number): number {
  return Date.UTC(Math.floor(index / 12), index % 12, 1) / 86_400_000;
}

function optional<Value>(value: string | undefined, read: (text: string) => Value): Value | undefined {
  return value === undefined ? undefined : read(value);
}

function numberIn(text: string, low: number, high: number): number {
  const value = /^-?\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= low && value <= high)) throw wrongRecurrence();
  return value;
}

function weekdaysOf(text: string | undefined): readonly number[] {
  if (text === undefined) return [];
  const days = text.split(',').map((name) => weekdays.findIndex((each) => each === name));
  if (days.includes(-1) || new Set(days).size < days.length) throw wrongRecurrence();
  return days.toSorted((a, b) => a - b);
}

function monthDayOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const day = numberIn(text, -1, 31);
  if (day === 0) throw wrongRecurrence();
  return day;
}

function dateFrom(text: string): string {
  const date = text.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3');
  dayOf(date);
  return date;
}
