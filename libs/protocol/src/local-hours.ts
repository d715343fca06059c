import { CodecError } from '@rogatory/kernel';

/** Hours of the day and days of the week, as the clocks on the wall of a time zone show them. */
export interface LocalHours {
  /** IANA name, such as "Europe/Paris". */
  readonly zone: string;
  /** Minutes after midnight from which on; with an end before it the span goes over midnight. */
  readonly fromMinute: number;
  /** Minutes after midnight before which; the same as `fromMinute` for the whole day. */
  readonly beforeMinute: number;
  /** Days on which, 1 for Monday to 7 for Sunday, each on its own local date; all seven where none is given. */
  readonly days: readonly number[];
}

/** From a moment on, the clocks of a zone are this far ahead of UTC. */
export interface ZoneOffset {
  readonly fromMs: number;
  readonly offsetMs: number;
}

const DAY_MS = 86_400_000;
const STEP_MS = 7 * DAY_MS;
const MINUTE_MS = 60_000;
const HOURS = /^([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])$/;
const ZONE = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/;
const dayNames = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/**
 * Reads `zone`, `hours` ("22:00-06:00") and `days` ("sat,sun") of a filter; undefined when neither hours nor days are given.
 * @throws CodecError `codec/local-hours` for anything else, and without a zone that this program knows.
 */
export function parseLocalHours(given: {
  readonly zone?: string | undefined;
  readonly hours?: string | undefined;
  readonly days?: string | undefined;
}): LocalHours | undefined {
  const { zone, hours = '00:00-24:00', days = dayNames.join(',') } = given;
  if (given.hours === undefined && given.days === undefined) {
    if (zone !== undefined) throw wrongHours();
    return undefined;
  }
  const found = HOURS.exec(hours);
  const numbers = days.split(',').map((name) => dayNames.indexOf(name) + 1);
  const isList = !numbers.includes(0) && new Set(numbers).size === numbers.length;
  if (found === null || !isList || zone === undefined || !isZone(zone)) throw wrongHours();
  const [fromHour, fromMinute, beforeHour, beforeMinute] = found.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
  ];
  if (beforeHour === 24 && beforeMinute > 0) throw wrongHours();
  const span = { fromMinute: 60 * fromHour + fromMinute, beforeMinute: (60 * beforeHour + beforeMinute) % 1440 };
  return { zone, ...span, days: numbers };
}

/** Whether a moment lies in the hours, by the clocks of the zone at that moment. */
export function isInHours(timeMs: number, hours: LocalHours): boolean {
  return isInHoursAt(timeMs + offsetAt(timeMs, hours.zone), hours);
}

/** The same for a moment with its offset added: `timeMs` as if UTC were the zone. */
export function isInHoursAt(localMs: number, { fromMinute, beforeMinute, days }: LocalHours): boolean {
  const minute = Math.floor(localMs / MINUTE_MS) % 1440;
  // 1 January 1970 was a Thursday.
  const day = ((Math.floor(localMs / DAY_MS) + 3) % 7) + 1;
  if (!days.includes(day)) return false;
  if (fromMinute === beforeMinute) return true;
  if (fromMinute < beforeMinute) return minute >= fromMinute && minute < beforeMinute;
  return minute >= fromMinute || minute < beforeMinute;
}

/** How far the clocks of a zone are ahead of UTC at a moment, in milliseconds. @throws CodecError for an unknown zone. */
export function offsetAt(timeMs: number, zone: string): number {
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(timeMs)
      .map(({ type, value }) => [type, Number(value)]),
  ) as Readonly<Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', number>>;
  const { year, month, day, hour, minute, second } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(timeMs / 1000) * 1000;
}

/**
 * The offsets of a zone between two moments, with the exact minute from which on each holds.
 * Summer time begins and ends inside an hour; two changes within one week are not told apart: no zone has them (the
 * closest are the weeks of Ramadan in Morocco).
 */
export function zoneOffsets(zone: string, fromMs: number, beforeMs: number): readonly ZoneOffset[] {
  const offsets: ZoneOffset[] = [{ fromMs, offsetMs: offsetAt(fromMs, zone) }];
  for (let at = fromMs; at < beforeMs; at += STEP_MS) {
    const next = Math.min(at + STEP_MS, beforeMs);
    const offsetMs = offsetAt(next, zone);
    if (offsetMs === offsets.at(-1)?.offsetMs) continue;
    offsets.push({ fromMs: changeBetween(zone, at, next), offsetMs });
  }
  return offsets;
}

/** The first minute after `lowMs`, up to `highMs`, at which the offset is that of `highMs`. */
function changeBetween(zone: string, lowMs: number, highMs: number): number {
  const wanted = offsetAt(highMs, zone);
  let [low, high] = [Math.floor(lowMs / MINUTE_MS), Math.ceil(highMs / MINUTE_MS)];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle * MINUTE_MS, zone) === wanted) high = middle;
    else low = middle;
  }
  return high * MINUTE_MS;
}

const formats = new Map<string, Intl.DateTimeFormat>();
const MAX_FORMATS = 64;

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const numbers = { month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric', ...numbers });
    if (formats.size >= MAX_FORMATS) formats.clear();
    formats.set(zone, format);
    return format;
  } catch (error) {
    if (error instanceof RangeError) throw wrongHours();
    throw error;
  }
}

function isZone(zone: string): boolean {
  if (!ZONE.test(zone)) return false;
  formatOf(zone);
  return true;
}

function wrongHours(): CodecError<'codec/local-hours'> {
  return new CodecError('codec/local-hours', 'not hours of a known time zone, such as 22:00-06:00 in Europe/Paris');
}
