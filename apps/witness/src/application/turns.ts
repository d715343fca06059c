import { limits } from '@rogatory/kernel';

interface Line {
  /** Those that came and were not begun yet, the ones that gave up among them. */
  waiting: number;
  last: Promise<unknown>;
}

/** One thing at a time for each log, in the order in which they came; how many wait, and how long, is bounded. */
export class Turns {
  readonly #lines = new Map<string, Line>();

  /**
   * Works when its turn comes.
   * @returns undefined, with nothing done, when `limits.maxWitnessWaiting` wait already, or when the turn did not come in time.
   */
  async take<T extends object>(name: string, waitMs: number, work: () => Promise<T>): Promise<T | undefined> {
    const line = this.#lineOf(name);
    if (line.waiting >= limits.maxWitnessWaiting) return undefined;
    line.waiting += 1;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isLate = false;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => {
        isLate = true;
        resolve(undefined);
      }, waitMs);
    });
    const turn = line.last.then(() => {
      clearTimeout(timer);
      line.waiting -= 1;
      return isLate ? undefined : work();
    });
    line.last = turn.catch(() => undefined);
    return Promise.race([turn, late]);
  }

  #lineOf(name: string): Line {
    const known = this.#lines.get(name);
    if (known !== undefined) return known;
    const fresh: Line = { waiting: 0, last: Promise.resolve() };
    this.#lines.set(name, fresh);
    return fresh;
  }
}
