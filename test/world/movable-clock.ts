import { type Clock, systemClock } from '@rogatory/kernel';

/** The clock of the machine, which a test can set forward for everybody who goes by it. */
export class MovableClock implements Clock {
  #aheadMs = 0;

  nowMs(): number {
    return systemClock.nowMs() + this.#aheadMs;
  }

  monotonicMs(): number {
    return systemClock.monotonicMs() + this.#aheadMs;
  }

  advance(ms: number): void {
    this.#aheadMs += ms;
  }

  /** One hour into the next half-year. */
  toNextHalfYear(): void {
    const date = new Date(this.nowMs());
    const month = date.getUTCMonth() < 6 ? 6 : 12;
    this.advance(Date.UTC(date.getUTCFullYear(), month, 1, 1) - date.getTime());
  }
}
