import { limits } from '@rogatory/kernel';
import type { VerifiedItem } from './replica.js';

/** When an item was written, by its author and by the server; the two may be far apart, for items wait in an outbox. */
export interface ItemTimes {
  /** The author's own time, UTC milliseconds: signed, and nothing keeps it from lying in the past. */
  readonly saidAtMs: number;
  /** When the server took it, by the server's clock, UTC milliseconds. */
  readonly receivedAtMs: number;
  /** The two differ by more than clocks may. */
  readonly isLate: boolean;
  /** The author's time lies before that of the directory head that the same item cites: it cannot be true. */
  readonly isBackdated: boolean;
}

export function timesOf({ signed, receivedAtMs }: VerifiedItem): ItemTimes {
  const { time, directoryHead } = signed.header;
  const saidAtMs = time.timeMs;
  return {
    saidAtMs,
    receivedAtMs,
    isLate: Math.abs(receivedAtMs - saidAtMs) > limits.maxClockSkewMs,
    isBackdated: saidAtMs < directoryHead.timeMs - limits.maxClockSkewMs,
  };
}
