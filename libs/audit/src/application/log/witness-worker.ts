import { type Clock, limits } from '@rogatory/kernel';
import type { CosignatureCollector } from './cosignature-collector.js';
import type { StoredCheckpoint } from './log-tree.store.js';

export interface WitnessWorkerParts {
  readonly collector: Pick<CosignatureCollector, 'collect' | 'close' | 'failing' | 'inForce'>;
  readonly clock: Clock;
  /** A head of this size is witnessed. */
  readonly onWitnessed: (size: number) => void;
  /** The quorum has been missing for `limits.witnessPatienceMs`, or is back: told once each time. */
  readonly onStanding?: (state: WitnessState) => void;
  /** A round failed; the next one starts again from what is stored. */
  readonly onFault: (error: unknown) => void;
}

/** How far the witnesses vouch for a log. */
export interface WitnessState {
  readonly signedSize: number;
  readonly witnessedSize: number;
  /** When a quorum last spoke, by the clock of the server, over restarts; undefined before it ever did. */
  readonly quorumMs: number | undefined;
  /**
   * Since when no quorum vouches for what is newest. Undefined while it does, and for the first
   * `limits.witnessPatienceMs`, which every record spends so.
   */
  readonly unwitnessedSinceMs: number | undefined;
  /** Names of witnesses that failed last, with the code of the failure. */
  readonly failing: ReadonlyMap<string, string>;
}

/** How long a quorum that is asked in time may take at most before its silence counts. */
const SILENCE_MS = limits.witnessHeartbeatMs + 2 * limits.witnessAnswerMs;

/**
 * Asks the witnesses once every `limits.witnessTickMs` while signed heads wait for them or the last round brought no
 * quorum, and every `limits.witnessHeartbeatMs` besides, so that the time of their last word stays fresh.
 */
export class WitnessWorker {
  readonly #parts: WitnessWorkerParts;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isStarted = false;
  #signed = 0;
  #witnessed = 0;
  readonly #openedMs: number;
  #quorumMs: number | undefined;
  /** When the first signed head came that no quorum vouches for. */
  #behindMs: number | undefined;
  #isMissing = false;
  /** When the last round began that a quorum answered, by the time that only goes forward. */
  #answeredMs = Number.NEGATIVE_INFINITY;

  constructor(parts: WitnessWorkerParts) {
    this.#parts = parts;
    this.#openedMs = parts.clock.nowMs();
  }

  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#schedule();
  }

  /** A head of this size was signed. */
  signed(size: number): void {
    const isFirst = this.#signed === 0;
    this.#signed = Math.max(this.#signed, size);
    if (this.#signed <= this.#witnessed) return;
    // What an earlier start left unwitnessed has been so since the last word at most.
    this.#behindMs ??= isFirst ? (this.#quorumMs ?? this.#openedMs) : this.#parts.clock.nowMs();
  }

  state(): WitnessState {
    const [signedSize, witnessedSize, quorumMs] = [this.#signed, this.#witnessed, this.#quorumMs];
    const nowMs = this.#parts.clock.nowMs();
    const lastMs = quorumMs ?? this.#openedMs;
    const sinceMs = this.#behindMs ?? (nowMs - lastMs > SILENCE_MS ? lastMs : undefined);
    const isMissing = sinceMs !== undefined && nowMs - sinceMs >= limits.witnessPatienceMs;
    const failing = this.#parts.collector.failing();
    return { signedSize, witnessedSize, quorumMs, unwitnessedSinceMs: isMissing ? sinceMs : undefined, failing };
  }

  /** Takes up what was witnessed before a restart. @throws what the collector throws. */
  async resume(): Promise<void> {
    this.#take(await this.#parts.collector.inForce());
  }

  /** Ends without waiting for witnesses that do not answer. */
  async stop(): Promise<void> {
    this.#isStarted = false;
    clearTimeout(this.#timer);
    await this.#parts.collector.close();
  }

  /** One round. @throws what the collector throws. */
  async round(): Promise<void> {
    this.#take(await this.#parts.collector.collect());
    this.#tellStanding();
  }

  #take(witnessed: StoredCheckpoint | undefined): void {
    if (witnessed === undefined) return;
    this.#quorumMs = witnessed.timeMs;
    if (witnessed.size <= this.#witnessed) return;
    this.#witnessed = witnessed.size;
    this.#behindMs = this.#signed > witnessed.size ? this.#parts.clock.nowMs() : undefined;
    this.#parts.onWitnessed(witnessed.size);
  }

  #tellStanding(): void {
    const state = this.state();
    const isMissing = state.unwitnessedSinceMs !== undefined;
    if (isMissing === this.#isMissing) return;
    this.#isMissing = isMissing;
    this.#parts.onStanding?.(state);
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#turn(), limits.witnessTickMs);
  }

  async #turn(): Promise<void> {
    const nowMs = this.#parts.clock.monotonicMs();
    if (this.#quorumMs === undefined) await this.resume().catch(this.#parts.onFault);
    const isDue = this.#signed > this.#witnessed || nowMs - this.#answeredMs >= limits.witnessHeartbeatMs;
    if (isDue) {
      const lastWordMs = this.#quorumMs;
      await this.round().catch((error: unknown) => {
        if (this.#isStarted) this.#parts.onFault(error);
      });
      // A round without a quorum is taken up at the next tick: after an outage a log at rest is vouched for at once.
      if (this.#quorumMs !== lastWordMs) this.#answeredMs = nowMs;
    }
    if (this.#isStarted) this.#schedule();
  }
}
