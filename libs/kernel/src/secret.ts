const CENSORED = 'Secret {}';

/** Key material that neither prints nor serialises. Read it only inside `use`; call `wipe` when done. */
export class Secret {
  #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get length(): number {
    return this.#bytes.length;
  }

  use<Result>(read: (bytes: Uint8Array) => Result): Result {
    return read(this.#bytes);
  }

  /** Best effort: a copy made by the engine may survive (docs/threat-model.md). */
  wipe(): void {
    this.#bytes.fill(0);
    this.#bytes = new Uint8Array(0);
  }

  toJSON(): Record<string, never> {
    return {};
  }

  toString(): string {
    return CENSORED;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return CENSORED;
  }
}
