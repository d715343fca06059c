import { limits } from '@rogatory/kernel';
import { auditUnavailable } from '../domain/audit.errors.js';
import type { LogReader } from './log/log-reader.js';

/** From the head of a size that somebody knows to the last head of a log that ended. */
export interface PathToEnd {
  readonly log: LogReader;
  readonly from: number;
  readonly to: number;
}

type Path = readonly Uint8Array[];

/** Proofs from known heads to last heads, which never change: a bounded number is kept, few are made at a time. */
export class PathsToEnds {
  readonly #make: (path: PathToEnd) => Promise<Path>;
  /** By origin and size, the one asked for last at the end. */
  readonly #kept = new Map<string, Promise<Path>>();
  #making = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(make: (path: PathToEnd) => Promise<Path>) {
    this.#make = make;
  }

  /**
   * Empty for a size that is none below the last one.
   * @throws UnavailableError `audit/unavailable` when `limits.maxWaitingSuccessions` wait already; what making it throws.
   */
  async of(asked: PathToEnd): Promise<Path> {
    const { log, from, to } = asked;
    if (!Number.isSafeInteger(from) || from < 1 || from >= to) return [];
    const key = `${log.log.origin} ${from}`;
    const path = this.#kept.get(key) ?? this.#inTurn(asked);
    this.#kept.delete(key);
    this.#kept.set(key, path);
    path.catch(() => {
      if (this.#kept.get(key) === path) this.#kept.delete(key);
    });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > limits.maxKeptSuccessions && oldest !== undefined) this.#kept.delete(oldest);
    return path;
  }

  async #inTurn(asked: PathToEnd): Promise<Path> {
    if (this.#making < limits.maxSuccessionsAtOnce) this.#making += 1;
    else if (this.#waiting.length < limits.maxWaitingSuccessions) {
      // Whoever ends gives the place on: the count stays.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else throw auditUnavailable('succession');
    try {
      return await this.#make(asked);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#making -= 1;
      else next();
    }
  }
}
