/** Remembers at most so many entries; beyond it the one that was used longest ago is forgotten, and counted. */
export class BoundedMap<Value> {
  readonly #entries: Map<string, Value>;
  readonly #most: number;
  #forgotten = 0;

  constructor(most: number, entries: Iterable<readonly [string, Value]> = []) {
    this.#most = most;
    this.#entries = new Map(entries);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** How many entries had to be forgotten. */
  get forgotten(): number {
    return this.#forgotten;
  }

  get(key: string): Value | undefined {
    return this.#entries.get(key);
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** Stores it as the one that was used last. */
  set(key: string, value: Value): void {
    this.#entries.delete(key);
    if (this.#entries.size >= this.#most) this.#forgetOldest();
    this.#entries.set(key, value);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  /** Oldest use first. */
  entries(): IterableIterator<[string, Value]> {
    return this.#entries.entries();
  }

  #forgetOldest(): void {
    const [oldest] = this.#entries.keys();
    if (oldest === undefined) return;
    this.#entries.delete(oldest);
    this.#forgotten += 1;
  }
}
