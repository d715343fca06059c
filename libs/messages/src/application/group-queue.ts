import { busy } from '../domain/message.errors.js';

export interface GroupQueueOptions<Task> {
  /** Carries out one group; MUST settle every task itself and MUST NOT throw. */
  readonly run: (group: readonly Task[]) => Promise<void>;
  readonly bytesOf: (task: Task) => number;
  /** Tasks that must stand alone for a while. */
  readonly isAlone: (task: Task) => boolean;
  readonly maxTasks: number;
  readonly maxBytes: number;
  readonly maxWaiting: number;
}

/**
 * Gathers what arrives while a group is under way into the next group: alone, a task does not wait; under load, groups
 * grow by themselves. One group at a time, in the order of arrival.
 */
export class GroupQueue<Task> {
  readonly #options: GroupQueueOptions<Task>;
  #waiting: Task[] = [];
  #running: Promise<void> | undefined;

  constructor(options: GroupQueueOptions<Task>) {
    this.#options = options;
  }

  /** @throws UnavailableError `messages/busy` when too many wait. */
  add(task: Task): void {
    if (this.#waiting.length >= this.#options.maxWaiting) throw busy();
    this.#waiting.push(task);
    this.#running ??= this.#work();
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #work(): Promise<void> {
    // What was submitted in the same turn of the event loop belongs together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) await this.#options.run(this.#next());
    this.#running = undefined;
  }

  #next(): Task[] {
    const { bytesOf, isAlone, maxTasks, maxBytes } = this.#options;
    let bytes = 0;
    let count = 0;
    for (const task of this.#waiting) {
      bytes += bytesOf(task);
      const isFull = count >= maxTasks || bytes > maxBytes || isAlone(task);
      if (count > 0 && isFull) break;
      count++;
      if (isFull) break;
    }
    return this.#waiting.splice(0, count);
  }
}
