import { CodecError, parseUtf8 } from '@rogatory/kernel';
import type { ByteReader, ByteWriter } from './codec.js';
import { offsetAt } from './local-hours.js';
import { readTime, type SignedTime, writeTime } from './signed-time.js';

/** An instant as the clocks of a place show it: the instant, how far the place was ahead of UTC, and its IANA zone. */
export interface Moment {
  readonly time: SignedTime;
  readonly zone: string;
}

const ZONE = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/;
const LOCAL = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})$/;
const MAX_ZONE_BYTES = 64;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** The end of the year 9999. */
const LAST_MS = 253_402_300_799_999;

export function writeMoment(writer: ByteWriter, moment: Moment): void {
  writeTime(writer, moment.time);
  writer.text16(checkedZone(moment.zone));
}

export function readMoment(reader: ByteReader): Moment {
  const time = readTime(reader);
  if (time.timeMs > LAST_MS) throw new CodecError('codec/range', 'a moment that no calendar shows');
  return { time, zone: checkedZone(parseUtf8(reader.bytes16(MAX_ZONE_BYTES))) };
}

/**
 * The moment at which the clocks of a zone show a local time such as "2026-12-01T06:00"; of two such moments the earlier.
 * @throws CodecError `codec/local-time` for a time that the zone skips, an unknown zone, or another form.
 */
export function momentAt(local: string, zone: string): Moment {
  const found = LOCAL.exec(local);
  if (found === null || !ZONE.test(zone)) throw wrongTime();
  const [year, month, day, hour, minute] = found.slice(1).map(Number) as [number, number, number, number, number];
  const asUtcMs = Date.UTC(year, month - 1, day, hour, minute);
  if (new Date(asUtcMs).toISOString().slice(0, 16) !== local) throw wrongTime();
  // Zones are at most 14 hours from UTC, so the offsets a day before and after are all that may hold.
  const offsets = [-DAY_MS, 0, DAY_MS].map((away) => zoneOffset(asUtcMs + away, zone));
  const fitting = offsets.map((offsetMs) => asUtcMs - offsetMs).filter((at) => at + zoneOffset(at, zone) === asUtcMs);
  if (fitting.length === 0) throw wrongTime();
  const timeMs = Math.min(...fitting);
  return { time: { timeMs, offsetMinutes: (asUtcMs - timeMs) / MINUTE_MS }, zone };
}

/** What the clocks of a zone show at an instant: "2026-12-01T06:00". @throws CodecError for an unknown zone. */
export function localTimeAt(timeMs: number, zone: string): string {
  return new Date(timeMs + zoneOffset(timeMs, zone)).toISOString().slice(0, 16);
}

/** Whether this program's time zone data agree with the author's; where not, a reader shows that they do not. */
export function isZoneAsSigned({ time, zone }: Moment): boolean {
  try {
    return offsetAt(time.timeMs, zone) === time.offsetMinutes * MINUTE_MS;
  } catch {
    return false;
  }
}

function zoneOffset(timeMs: number, zone: string): number {
  try {
    return offsetAt(timeMs, zone);
  } catch {
    throw wrongTime();
  }
}

function checkedZone(zone: string): string {
  if (!ZONE.test(zone)) throw new CodecError('codec/text', 'not the name of a time zone');
  return zone;
}

function wrongTime(): CodecError<'codec/local-time'> {
  return new CodecError(
    'codec/local-time',
    'not a time that the clocks of a known zone show, such as 2026-12-01T06:00',
  );
}
