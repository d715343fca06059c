import { CodecError } from '@rogatory/kernel';
import { offsetAt } from '@rogatory/protocol';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIME = /^([01]\d|2[0-3]):([0-5]\d)$/;

/** Days since 1970-01-01 of a calendar date `YYYY-MM-DD`. @throws CodecError `codec/local-time` for a day that does not exist. */
export function dayOf(date: string): number {
  const found = DATE.exec(date);
  const day = found === null ? Number.NaN : Date.parse(`${date}T00:00:00Z`) / DAY_MS;
  if (!Number.isSafeInteger(day) || dateOf(day) !== date) throw wrongTime();
  return day;
}

/** The calendar date of days since 1970-01-01. */
export function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** Minutes after midnight of `HH:MM`. @throws CodecError `codec/local-time`. */
export function minuteOf(time: string): number {
  const found = TIME.exec(time);
  if (found === null) throw wrongTime();
  return 60 * Number(found[1]) + Number(found[2]);
}

/**
 * The moment at which the clocks of a zone show a day and minute. A time that summer time skips is taken by the offset
 * before the gap, one that comes twice is the first of the two (RFC 5545 3.3.5).
 * @param minute after midnight; may go beyond the day.
 * @throws CodecError `codec/local-hours` for a zone that is not known.
 */
export function instantAt(day: number, minute: number, zone: string): number {
  const localMs = day * DAY_MS + minute * MINUTE_MS;
  const before = offsetAt(localMs - DAY_MS, zone);
  const early = localMs - before;
  if (offsetAt(early, zone) === before) return early;
  const after = offsetAt(localMs + DAY_MS, zone);
  const late = localMs - after;
  return offsetAt(late, zone) === after ? late : early;
}

function wrongTime(): CodecError<'codec/local-time'> {
  return new CodecError('codec/local-time', 'not a date such as 2026-11-23 or a time such as 09:30');
}
