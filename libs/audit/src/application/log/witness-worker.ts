import { type Clock, limits } from '@rogatory/kernel';
import type { CosignatureCollector } from './cosignature-collector.js';

export interface WitnessWorkerParts {
  readonly collector: Pick<CosignatureCollector, 'collect' | 'close'>;
  readonly clock: Clock;
  /** A head of this size is witnessed. */
  readonly onWitnessed: (size: number) => void;
  /** A round failed; the next one starts again from what is stored. */
  readonly onFault: (error: unknown) => void;
}

/** How far the witnesses vouch for a log. */
export interface WitnessState {
  readonly signedSize: number;
  readonly witnessedSize: number;
  /** While there are signed records that no quorum vouches for: when one last did, or this started. Server's clock, ms. */
  readonly unwitnessedSinceMs: number | undefined;
}

/**
 * Asks the witnesses once every `limits.witnessTickMs` while signed heads wait for them, and every
 * `limits.witnessHeartbeatMs` besides, so that the time of their last word stays fresh.
 */
export class WitnessWorker {
  readonly #parts: WitnessWorkerParts;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isStarted = false;
  #signed = 0;
  #witnessed = 0;
  #vouchedMs: number;
  #lastRoundMs = Number.NEGATIVE_INFINITY;

  constructor(parts: WitnessWorkerParts) {
    this.#parts = parts;
    this.#vouchedMs = parts.clock.nowMs();
  }

  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#schedule();
  }

  /** A head of this size was signed. */
  signed(size: number): void {
    this.#signed = Math.max(this.#signed, size);
  }

  state(): WitnessState {
    const [signedSize, witnessedSize] = [this.#signed, this.#witnessed];
    const unwitnessedSinceMs = signedSize > witnessedSize ? this.#vouchedMs : undefined;
    return { signedSize, witnessedSize, unwitnessedSinceMs };
  }

  /** Ends without waiting for witnesses that do not answer. */
  async stop(): Promise<void> {
    this.#isStarted = false;
    clearTimeout(this.#timer);
    await this.#parts.collector.close();
  }

  /** One round. @throws what the collector throws. */
  async round(): Promise<void> {
    const witnessed = await this.#parts.collector.collect();
    if (witnessed === undefined) return;
    this.#vouchedMs = witnessed.timeMs;
    if (witnessed.size <= this.#witnessed) return;
    this.#witnessed = witnessed.size;
    this.#parts.onWitnessed(witnessed.size);
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#turn(), limits.witnessTickMs);
  }

  async #turn(): Promise<void> {
    const nowMs = this.#parts.clock.monotonicMs();
    const isDue = this.#signed > this.#witnessed || nowMs - this.#lastRoundMs >= limits.witnessHeartbeatMs;
    if (isDue) {
      this.#lastRoundMs = nowMs;
      await this.round().catch((error: unknown) => {
        if (this.#isStarted) this.#parts.onFault(error);
      });
    }
    if (this.#isStarted) this.#schedule();
  }
}
