import { readFile } from 'node:fs/promises';
import { type AuthorityCalendar, parseCalendarFile } from '@rogatory/findings';
import { UsageError } from '@rogatory/kernel';

/**
 * The working hours of a calendars file; none without a file. One that is missing or malformed stops the start, so that
 * nobody believes in a rule that does not look.
 * @throws UsageError `server/calendars`.
 */
export async function readCalendars(path: string | undefined): Promise<readonly AuthorityCalendar[]> {
  if (path === undefined) return [];
  try {
    return parseCalendarFile(await readFile(path));
  } catch (cause) {
    throw new UsageError('server/calendars', 'the file of working hours cannot be read', { cause });
  }
}
