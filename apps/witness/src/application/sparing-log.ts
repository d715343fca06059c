import { type Clock, limits } from '@rogatory/kernel';
import type { Log, LogFields } from '@rogatory/platform-telemetry';

/** A kind of thing that somebody outside can bring about as often as they like. */
export type OutsideEvent = `witness/${string}`;

interface Told {
  lastMs: number;
  leftOut: number;
}

/**
 * One line of each kind for each log in `limits.witnessTellEveryMs`, with the number of those that were left out before it in
 * `count`: what is sent from outside does not fill the log of the witness. It keeps one entry for each kind and followed log.
 */
export class SparingLog {
  readonly #log: Log;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #told = new Map<string, Told>();

  constructor(log: Log, clock: Pick<Clock, 'monotonicMs'>) {
    this.#log = log;
    this.#clock = clock;
  }

  tell(level: 'info' | 'warn' | 'error', event: OutsideEvent, fields: LogFields & { readonly origin: string }): void {
    const [place, nowMs] = [`${event} ${fields.origin}`, this.#clock.monotonicMs()];
    const known = this.#told.get(place);
    if (known !== undefined && nowMs - known.lastMs < limits.witnessTellEveryMs) {
      known.leftOut += 1;
      return;
    }
    const leftOut = known?.leftOut ?? 0;
    this.#told.set(place, { lastMs: nowMs, leftOut: 0 });
    this.#log[level](event, leftOut === 0 ? fields : { ...fields, count: leftOut });
  }
}
