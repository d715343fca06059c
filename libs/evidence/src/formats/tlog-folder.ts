import { RefusedError } from '@rogatory/kernel';
import { type LogFile, TILE_WIDTH, TreeTail } from '@rogatory/tlog';

/**
 * The files of a log (C2SP tlog-tiles) made anew from its leaves: full ones as soon as they are full, partial ones at the
 * end. Holds one batch and one partial tile per level.
 */
export class TlogFolder {
  readonly #write: (path: string, bytes: Uint8Array) => Promise<void>;
  readonly #partial = new Map<string, LogFile>();
  #tail = TreeTail.empty;
  #waiting: Uint8Array[] = [];

  constructor(write: (path: string, bytes: Uint8Array) => Promise<void>) {
    this.#write = write;
  }

  async add(leaf: Uint8Array): Promise<void> {
    this.#waiting.push(leaf);
    if (this.#waiting.length >= TILE_WIDTH) await this.#flush();
  }

  /**
   * The last files and the head, which has to be that of exactly these leaves.
   * @throws RefusedError `evidence/not-whole` when the head has another size.
   */
  async finish(checkpoint: Uint8Array, size: number): Promise<void> {
    await this.#flush();
    if (size !== this.#tail.size)
      throw new RefusedError('evidence/not-whole', 'a folder holds a log from its first record to its head');
    for (const { path, bytes } of this.#partial.values()) await this.#write(path, bytes);
    await this.#write('checkpoint', checkpoint);
  }

  async #flush(): Promise<void> {
    const { tail, files } = this.#tail.extend(this.#waiting);
    this.#tail = tail;
    this.#waiting = [];
    for (const file of files) {
      const { tile } = file;
      const level = tile.kind === 'hashes' ? String(tile.level) : 'entries';
      if (tile.width === TILE_WIDTH) {
        if (this.#partial.get(level)?.tile.index === tile.index) this.#partial.delete(level);
        await this.#write(file.path, file.bytes);
      } else this.#partial.set(level, file);
    }
  }
}
