/**
 * An immutable list that only grows at its end. Successive lists share one array; a list that is extended a second time
 * (two futures of one state) copies it once.
 */
export class GrowingList<Value> {
  readonly #shared: Value[];
  readonly length: number;

  private constructor(shared: Value[], length: number) {
    this.#shared = shared;
    this.length = length;
  }

  static empty<Value>(): GrowingList<Value> {
    return new GrowingList<Value>([], 0);
  }

  /** The value at an index from 0, undefined beyond the end. */
  at(index: number): Value | undefined {
    return index >= 0 && index < this.length ? this.#shared[index] : undefined;
  }

  last(): Value | undefined {
    return this.at(this.length - 1);
  }

  append(value: Value): GrowingList<Value> {
    const shared = this.#shared.length === this.length ? this.#shared : this.#shared.slice(0, this.length);
    shared.push(value);
    return new GrowingList<Value>(shared, this.length + 1);
  }
}
