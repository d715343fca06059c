import { type Clock, systemClock } from '@rogatory/kernel';

/** The machine's clock, as somebody set it. */
export class SetClock implements Clock {
  /** By how much the clock of the day was set. */
  stepMs = 0;
  /** How far the time that only goes forward runs ahead; the clock of the day with it. */
  aheadMs = 0;

  nowMs(): number {
    return systemClock.nowMs() + this.stepMs + this.aheadMs;
  }

  monotonicMs(): number {
    return systemClock.monotonicMs() + this.aheadMs;
  }
}
