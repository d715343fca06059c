import { CodecError } from '@rogatory/kernel';
import type { ByteReader, ByteWriter } from './codec.js';

/** The author's clock: UTC milliseconds and the offset of the local zone in minutes, -14 h to +14 h. */
export interface SignedTime {
  readonly timeMs: number;
  readonly offsetMinutes: number;
}

const MAX_OFFSET_MINUTES = 14 * 60;

export function writeTime(writer: ByteWriter, time: SignedTime): void {
  writer.time(time.timeMs).i16(checkedOffset(time.offsetMinutes));
}

export function readTime(reader: ByteReader): SignedTime {
  return { timeMs: reader.time(), offsetMinutes: checkedOffset(reader.i16()) };
}

function checkedOffset(minutes: number): number {
  if (Math.abs(minutes) > MAX_OFFSET_MINUTES) throw new CodecError('codec/range', 'zone offset out of range');
  return minutes;
}
