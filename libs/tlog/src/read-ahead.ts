import type { TileReader } from './stored-tiles.js';

/** Files that are being read while those before them are looked at. */
const DEPTH = 4;

/**
 * A reader that reads in advance what will be asked for, in the given order, so that a walk over a log does not wait for
 * each of its thousands of files. Asked for something else, it reads that.
 */
export class ReadAhead implements TileReader {
  readonly #reader: TileReader;
  readonly #order: Iterator<string>;
  readonly #reading = new Map<string, Promise<Uint8Array | undefined>>();

  constructor(reader: TileReader, order: Iterable<string>) {
    this.#reader = reader;
    this.#order = order[Symbol.iterator]();
  }

  readTile(path: string): Promise<Uint8Array | undefined> {
    this.#fill();
    const reading = this.#reading.get(path) ?? this.#reader.readTile(path);
    this.#reading.delete(path);
    this.#fill();
    return reading;
  }

  #fill(): void {
    while (this.#reading.size < DEPTH) {
      const next = this.#order.next();
      if (next.done === true) return;
      const reading = this.#reader.readTile(next.value);
      // A failure is told to whoever asks for the file; a walk that ends before asks for none.
      void reading.catch(() => undefined);
      this.#reading.set(next.value, reading);
    }
  }
}
