import { isRogatoryError, limits } from '@rogatory/kernel';
import type { CheckpointPublisher } from './checkpoint-publisher.js';
import type { SequencedBatch, Sequencer } from './sequencer.js';

export interface LogWorkerParts {
  readonly sequencer: Pick<Sequencer, 'runBatch'>;
  readonly publisher: Pick<CheckpointPublisher, 'publish'>;
  /** A signed head of this size is stored. */
  readonly onSigned: (size: number) => void;
  /** A tick failed; the next one starts again from what is stored. */
  readonly onFault: (error: unknown) => void;
}

/** Batches between two checkpoints at most, so that a backlog does not starve the readers that wait for a signature. */
const MAX_BATCHES_PER_TICK = 16;

/** Sequences and signs one log every `limits.sequencerTickMs`, at once when woken. */
export class LogWorker {
  readonly #parts: LogWorkerParts;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> = Promise.resolve();
  #isStarted = false;
  #isWoken = false;
  #isTicking = false;

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

  /** Ends after the tick under way. */
  async stop(): Promise<void> {
    this.#isStarted = false;
    clearTimeout(this.#timer);
    await this.#running;
  }

  /** One tick; answers the signed size. @throws what sequencer and publisher throw. */
  async tick(): Promise<number> {
    for (let batch = 0; batch < MAX_BATCHES_PER_TICK; batch++) {
      const { leaves } = await this.#runBatch();
      if (leaves < limits.sequencerBatchRecords) break;
    }
    const size = await this.#parts.publisher.publish();
    this.#parts.onSigned(size);
    return size;
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
    this.#timer = setTimeout(() => {
      this.#running = this.#turn();
    }, delayMs);
  }

  async #turn(): Promise<void> {
    this.#isTicking = true;
    this.#isWoken = false;
    try {
      await this.tick();
    } catch (error) {
      this.#parts.onFault(error);
      this.#isWoken = false;
    } finally {
      this.#isTicking = false;
    }
    if (this.#isStarted) this.#schedule(this.#isWoken ? 0 : limits.sequencerTickMs);
  }
}
