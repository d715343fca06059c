export interface RateWindowOptions {
  /** Cost that one key may spend in a window. */
  readonly perWindow: number;
  readonly windowMs: number;
  /** Keys counted apart; keys beyond share one counter, so that a flood of keys costs bounded memory. */
  readonly maxKeys: number;
  /** Keys beyond are let through uncounted: for what costs nothing, where a flood must not shut others out. */
  readonly letsStrangersPass?: boolean;
}

interface Spent {
  cost: number;
}

/**
 * Counts what each key spends in fixed windows of time. A caller can spend up to twice the amount across the border of two
 * windows, and never more than the amount within one.
 */
export class RateWindow {
  readonly #options: RateWindowOptions;
  readonly #spent = new Map<string, Spent>();
  readonly #others: Spent = { cost: 0 };
  #window = -1;

  constructor(options: RateWindowOptions) {
    this.#options = options;
  }

  /** Spends `cost` and answers true, or answers false and spends nothing. */
  take(key: string, nowMs: number, cost = 1): boolean {
    const spent = this.#of(key, nowMs);
    if (spent.cost + cost > this.#options.perWindow) return false;
    spent.cost += cost;
    return true;
  }

  /** Milliseconds until every key may spend again. */
  resetsInMs(nowMs: number): number {
    return this.#options.windowMs - (nowMs % this.#options.windowMs);
  }

  #of(key: string, nowMs: number): Spent {
    const window = Math.floor(nowMs / this.#options.windowMs);
    if (window !== this.#window) {
      this.#window = window;
      this.#spent.clear();
      this.#others.cost = 0;
    }
    const known = this.#spent.get(key);
    if (known !== undefined) return known;
    if (this.#spent.size >= this.#options.maxKeys) return this.#options.letsStrangersPass ? { cost: 0 } : this.#others;
    const fresh: Spent = { cost: 0 };
    this.#spent.set(key, fresh);
    return fresh;
  }
}
