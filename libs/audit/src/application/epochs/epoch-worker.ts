import { limits } from '@rogatory/kernel';
import type { Epochs } from './epochs.js';

/** Asks every `limits.epochCheckMs` whether an epoch is due, and counts on meanwhile. */
export class EpochWorker {
  readonly #epochs: Pick<Epochs, 'runDue'>;
  readonly #onFault: (error: unknown) => void;
  #timer: ReturnType<typeof setInterval> | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(epochs: Pick<Epochs, 'runDue'>, onFault: (error: unknown) => void) {
    this.#epochs = epochs;
    this.#onFault = onFault;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.run(), limits.epochCheckMs);
  }

  /** One look; a look that is under way is not overtaken. */
  run(): Promise<void> {
    this.#running = this.#running.then(() => this.#epochs.runDue()).catch(this.#onFault);
    return this.#running;
  }

  /** Ends after the look under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#running;
  }
}
