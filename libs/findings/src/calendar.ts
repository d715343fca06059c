import { type AuthorityId, CodecError, limits, parseAuthorityId, parseUtf8, toHex, utf8 } from '@rogatory/kernel';
import { hash } from '@rogatory/crypto/verify';
import { type CanonicalValue, contexts, decodeCanonicalJson, encodeCanonicalJson } from '@rogatory/protocol';

/** Minutes after midnight; `from` is inside, `until` is not. */
export type WorkingRange = readonly [fromMinute: number, untilMinute: number];

/** When an authority works. SPEC: findings 5 */
export interface AuthorityCalendar {
  readonly authority: AuthorityId;
  /** IANA zone name. */
  readonly zone: string;
  /** Seven lists, Monday first. */
  readonly week: readonly (readonly WorkingRange[])[];
  /** Local dates, ascending. */
  readonly holidays: readonly string[];
}

const FORMAT = 'rogatory/calendars/v1';
const ZONE = /^[A-Za-z0-9_+/-]{1,64}$/;
const DATE = /^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])$/;
const DAY_MINUTES = 24 * 60;
const WEEK_DAYS = 7;
const MAX_RANGES = 8;

/** The bytes that its hash is taken over. */
export function encodeCalendar(calendar: AuthorityCalendar): Uint8Array {
  return utf8(encodeCanonicalJson(valueOf(calendar)));
}

/** Strict inverse of `encodeCalendar`. @throws CodecError `codec/calendar`, `codec/json`. */
export function decodeCalendar(bytes: Uint8Array): AuthorityCalendar {
  if (bytes.length > limits.maxCalendarBytes) throw malformed();
  return readCalendar(decodeCanonicalJson(parseUtf8(bytes)));
}

/** The hash by which findings name a calendar, hexadecimal. */
export function calendarHash(calendar: AuthorityCalendar): string {
  return toHex(hash(contexts.calendar, encodeCalendar(calendar)));
}

/**
 * Calendars of a file that people write: any JSON with the fields of the specification, at most one per authority.
 * @throws CodecError `codec/json`, `codec/calendar`.
 */
export function parseCalendarFile(bytes: Uint8Array): readonly AuthorityCalendar[] {
  if (bytes.length > limits.maxCalendarFileBytes) throw malformed();
  const file = parseJson(parseUtf8(bytes));
  if (!isObject(file) || file['format'] !== FORMAT || Object.keys(file).length !== 2) throw malformed();
  const list = file['calendars'];
  if (!Array.isArray(list)) throw malformed();
  const calendars = list.map(readCalendar);
  if (new Set(calendars.map(({ authority }) => authority)).size !== calendars.length) throw malformed();
  return calendars;
}

/** A file for `parseCalendarFile`. */
export function calendarFile(calendars: readonly AuthorityCalendar[]): Uint8Array {
  return utf8(`${JSON.stringify({ format: FORMAT, calendars: calendars.map(valueOf) }, undefined, 2)}\n`);
}

function valueOf({ authority, zone, week, holidays }: AuthorityCalendar): CanonicalValue {
  const days = week.map((ranges) => ranges.map(([from, until]) => [from, until]));
  return { authority, zone, week: days, holidays: [...holidays] };
}

function readCalendar(value: unknown): AuthorityCalendar {
  if (!isObject(value) || Object.keys(value).length !== 4) throw malformed();
  const { authority, zone, week, holidays } = value;
  if (typeof authority !== 'string' || typeof zone !== 'string' || !isZone(zone)) throw malformed();
  if (!Array.isArray(week) || week.length !== WEEK_DAYS || !Array.isArray(holidays)) throw malformed();
  if (holidays.length > limits.maxCalendarHolidays || !holidays.every(isHoliday)) throw malformed();
  return { authority: parseAuthorityId(authority), zone, week: week.map(readDay), holidays: [...holidays] };
}

function readDay(day: unknown): readonly WorkingRange[] {
  if (!Array.isArray(day) || day.length > MAX_RANGES) throw malformed();
  let end = -1;
  return day.map((range: unknown) => {
    if (!Array.isArray(range) || range.length !== 2) throw malformed();
    const [from, until] = range as readonly unknown[];
    if (!isMinute(from) || !isMinute(until) || from <= end || until <= from) throw malformed();
    end = until;
    return [from, until] as const;
  });
}

function isMinute(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= DAY_MINUTES;
}

function isHoliday(value: unknown, place: number, all: readonly unknown[]): value is string {
  const before = all[place - 1];
  if (typeof value !== 'string' || !DATE.test(value)) return false;
  return before === undefined || (typeof before === 'string' && before < value);
}

function isZone(zone: string): boolean {
  if (!ZONE.test(zone)) return false;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone }).resolvedOptions().timeZone.length > 0;
  } catch {
    return false;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CodecError('codec/json', 'not JSON', { cause });
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(): CodecError<'codec/calendar'> {
  return new CodecError('codec/calendar', 'not a calendar of working hours');
}
