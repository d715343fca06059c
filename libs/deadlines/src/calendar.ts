import { offsetAt } from '@rogatory/protocol';
import { refusedDeadline } from './deadlines.errors.js';
import { publicHolidayLines } from './public-holidays.data.js';

const DAY_MS = 86_400_000;

/** ISO 3166-1. Regulation 1182/71 leaves to each state which days it designates (Art. 2(1)). */
export const memberStates = [
  'AT',
  'BE',
  'BG',
  'CY',
  'CZ',
  'DE',
  'DK',
  'EE',
  'ES',
  'FI',
  'FR',
  'GR',
  'HR',
  'HU',
  'IE',
  'IT',
  'LT',
  'LU',
  'LV',
  'MT',
  'NL',
  'PL',
  'PT',
  'RO',
  'SE',
  'SI',
  'SK',
] as const;
export type MemberState = (typeof memberStates)[number];

/** state and year → days since 1970-01-01. */
const holidays = new Map<string, ReadonlySet<number>>(
  publicHolidayLines
    .trim()
    .split('\n')
    .map((line) => {
      const [state, year, ...dates] = line.split(' ') as [string, string, ...string[]];
      const days = dates.map(
        (date) => Date.UTC(Number(year), Number(date.slice(0, 2)) - 1, Number(date.slice(2))) / DAY_MS,
      );
      return [state + year, new Set(days)];
    }),
);

/**
 * Whether a day, in days since 1970-01-01, is a national public holiday of a state.
 * @throws DeadlineRefusedError `deadline/calendar` for a year without a calendar: a guess could be a deadline missed.
 */
export function isPublicHoliday(day: number, state: MemberState): boolean {
  const ofYear = holidays.get(`${state}${new Date(day * DAY_MS).getUTCFullYear()}`);
  if (ofYear === undefined) throw refusedDeadline('deadline/calendar');
  return ofYear.has(day);
}

/** A time zone that this program knows, by its IANA name. @throws DeadlineRefusedError `deadline/place`. */
export function parseZone(text: string): string {
  try {
    offsetAt(0, text);
    return text;
  } catch {
    throw refusedDeadline('deadline/place');
  }
}

/** @throws DeadlineRefusedError `deadline/place`. */
export function parseMemberState(text: string): MemberState {
  const state = memberStates.find((known) => known === text);
  if (state === undefined) throw refusedDeadline('deadline/place');
  return state;
}
