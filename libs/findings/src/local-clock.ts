import type { AuthorityCalendar } from './calendar.js';

/** A moment on the wall clocks of a zone. */
export interface LocalTime {
  /** `YYYY-MM-DD` */
  readonly date: string;
  /** 0 for Monday. */
  readonly weekday: number;
  /** Minutes after midnight. */
  readonly minute: number;
}

/** Zones change their offset on whole quarters of an hour, and have done so for as long as there were computers. */
const QUARTER_MS = 15 * 60_000;
const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;
const MAX_KNOWN_QUARTERS = 4_096;
/** 1970-01-01 was a Thursday. */
const FIRST_WEEKDAY = 3;

/** Wall-clock time of one zone; asks the zone database once per quarter of an hour. */
export class LocalClock {
  readonly #format: Intl.DateTimeFormat;
  readonly #offsets = new Map<number, number>();

  /** @param zone IANA name that the runtime knows. @throws RangeError for another. */
  constructor(zone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      ...{ timeZone: zone, calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23' },
      ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' },
    });
  }

  at(timeMs: number): LocalTime {
    const minutes = Math.floor(timeMs / MINUTE_MS) + this.#offsetMinutes(timeMs);
    const day = Math.floor(minutes / DAY_MINUTES);
    return {
      date: new Date(day * DAY_MINUTES * MINUTE_MS).toISOString().slice(0, 10),
      weekday: (((day + FIRST_WEEKDAY) % 7) + 7) % 7,
      minute: minutes - day * DAY_MINUTES,
    };
  }

  /** Days since 1970-01-01 on the zone's wall calendar. */
  dayAt(timeMs: number): number {
    return Math.floor((Math.floor(timeMs / MINUTE_MS) + this.#offsetMinutes(timeMs)) / DAY_MINUTES);
  }

  #offsetMinutes(timeMs: number): number {
    const quarter = Math.floor(timeMs / QUARTER_MS);
    const known = this.#offsets.get(quarter);
    if (known !== undefined) return known;
    if (this.#offsets.size >= MAX_KNOWN_QUARTERS) this.#offsets.clear();
    const offset = this.#readOffset(quarter * QUARTER_MS);
    this.#offsets.set(quarter, offset);
    return offset;
  }

  #readOffset(timeMs: number): number {
    const fields = new Map(this.#format.formatToParts(timeMs).map(({ type, value }) => [type, Number(value)]));
    const field = (name: Intl.DateTimeFormatPartTypes) => fields.get(name) ?? 0;
    const wall = Date.UTC(field('year'), field('month') - 1, field('day'), field('hour'), field('minute'));
    return Math.round((wall - timeMs) / MINUTE_MS);
  }
}

/** Whether a local time lies in no range of working hours. SPEC: findings 5 */
export function isOffHours(calendar: AuthorityCalendar, { date, weekday, minute }: LocalTime): boolean {
  if (calendar.holidays.includes(date)) return true;
  const ranges = calendar.week[weekday] ?? [];
  return !ranges.some(([from, until]) => minute >= from && minute < until);
}
