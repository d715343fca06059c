import { isRogatoryError, limits } from '@rogatory/kernel';
import type { CheckpointPublisher } from './checkpoint-publisher.js';
import type { SequencedBatch, Sequencer } from './sequencer.js';

export interface LogWorkerParts {
  readonly sequencer: Pick<Sequencer, 'runBatch'>;
  readonly publisher: Pick<CheckpointPublisher, 'follow' | 'publish'>;
  /** A signed head of this size is stored. */
  readonly onSigned: (size: number) => void;
  /** A tick failed; the next one starts again from what is stored. */
  readonly onFault: (error: unknown) => void;
}

/** Batches between two checkpoints at most, so that a backlog does not starve the readers that wait for a signature. */
const MAX_BATCHES_PER_TICK = 16;

/**
 * Sequences and signs one log: at once when woken, within `limits.sequencerTickMs` while records come in here, and every
 * `limits.sequencerIdleMs` for what others recorded and did not live to sequence.
 */
export class LogWorker {
  readonly #parts: LogWorkerParts;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> = Promise.resolve();
  #isStarted = false;
  #isWoken = false;
  #isExpecting = false;
  #isTicking = false;
  #isIdle = false;
  #size = 0;

  constructor(parts: LogWorkerParts) {
    this.#parts = parts;
  }

  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#schedule(0);
  }

  /** Somebody waits for a signed head. */
  wake(): void {
    this.#isWoken = true;
    if (this.#isStarted && !this.#isTicking) this.#schedule(0);
  }

  /** Records were committed. */
  expect(): void {
    this.#isExpecting = true;
    if (this.#isStarted && !this.#isTicking && this.#isIdle) this.#schedule(limits.sequencerTickMs);
  }

  /** Ends after the tick under way. */
  async stop(): Promise<void> {
    this.#isStarted = false;
    clearTimeout(this.#timer);
    await this.#running;
  }

  /** One tick; answers the signed size. @throws what sequencer and publisher throw. */
  async tick(): Promise<number> {
    for (let batch = 0; batch < MAX_BATCHES_PER_TICK; batch++) {
      const leaves = await this.#runBatchAndFollow();
      if (leaves < limits.sequencerBatchRecords) break;
    }
    const size = await this.#parts.publisher.publish();
    this.#parts.onSigned(size);
    return size;
  }

  /** What the last batch stored is read back while the database works on this one. */
  async #runBatchAndFollow(): Promise<number> {
    const [batch, followed] = await Promise.allSettled([this.#runBatch(), this.#parts.publisher.follow()]);
    if (batch.status === 'rejected') throw batch.reason;
    if (followed.status === 'rejected') throw followed.reason;
    return batch.value.leaves;
  }

  /** Another server's sequencer may have been first: then this one starts from what is stored. */
  async #runBatch(): Promise<SequencedBatch> {
    try {
      return await this.#parts.sequencer.runBatch();
    } catch (error) {
      if (!isRogatoryError(error) || error.code !== 'audit/log-lost') throw error;
      return this.#parts.sequencer.runBatch();
    }
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#isIdle = delayMs === limits.sequencerIdleMs;
    this.#timer = setTimeout(() => {
      this.#running = this.#turn();
    }, delayMs);
  }

  async #turn(): Promise<void> {
    this.#isTicking = true;
    this.#isWoken = false;
    this.#isExpecting = false;
    let hasGrown = true;
    try {
      const size = await this.tick();
      hasGrown = size !== this.#size;
      this.#size = size;
    } catch (error) {
      this.#parts.onFault(error);
      this.#isWoken = false;
    } finally {
      this.#isTicking = false;
    }
    if (this.#isStarted) this.#schedule(this.#delayMs(hasGrown));
  }

  #delayMs(hasGrown: boolean): number {
    if (this.#isWoken) return 0;
    return this.#isExpecting || hasGrown ? limits.sequencerTickMs : limits.sequencerIdleMs;
  }
}
