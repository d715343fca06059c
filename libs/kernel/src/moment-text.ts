import { CodecError } from './errors.js';

/** The last moment that a date of ECMAScript can hold (ECMA-262, Time Values), and before 1970 the first. */
const LAST_MOMENT_MS = 8.64e15;

/** Whether a calendar shows it: a field of eight bytes, and a number of JSON, hold more. */
export function isMoment(ms: number): boolean {
  return Math.abs(ms) <= LAST_MOMENT_MS;
}

/** UTC milliseconds in ISO 8601. @throws CodecError `codec/range` for a moment that no calendar shows. */
export function isoMoment(ms: number): string {
  if (!isMoment(ms)) throw new CodecError('codec/range', 'a moment that no calendar shows');
  return new Date(ms).toISOString();
}

/** The same for people to read, of whatever number somebody else wrote: what no calendar shows is given as it stands. */
export function momentText(ms: number): string {
  return isMoment(ms) ? isoMoment(ms) : `${ms} ms after 1970`;
}
