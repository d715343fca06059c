import { encodeEntryBundle, HASH_BYTES, parseTilePath, TILE_WIDTH, tileWidth, type TileReader } from '@rogatory/tlog';
import type { Reader } from '@rogatory/platform-database';
import type { TransparencyLog } from './transparency-log.js';

/**
 * The static files of a log as they would lie in a folder: hash tiles from the tree, entry bundles made from the leaves.
 * Bound to one transaction and to a size: nothing beyond it is served.
 */
export class LogFiles implements TileReader {
  readonly #log: TransparencyLog;
  readonly #reader: Reader;
  readonly #size: number;

  constructor(log: TransparencyLog, reader: Reader, size: number) {
    this.#log = log;
    this.#reader = reader;
    this.#size = size;
  }

  /** @throws CodecError `tlog/tile-path` on a path that names no tile. */
  async readTile(path: string): Promise<Uint8Array | undefined> {
    const tile = parseTilePath(path);
    const level = tile.kind === 'hashes' ? tile.level : 0;
    if (tile.width > tileWidth(this.#size, level, tile.index)) return undefined;
    return tile.kind === 'hashes' ? this.#hashes(level, tile.index, tile.width) : this.#bundle(tile.index, tile.width);
  }

  async #hashes(level: number, index: number, width: number): Promise<Uint8Array | undefined> {
    const stored = await this.#log.tree.tile(this.#reader, level, index);
    // A tile only ever grows, so each narrower one is its beginning.
    if (stored === undefined || stored.width < width) return undefined;
    return stored.hashes.slice(0, width * HASH_BYTES);
  }

  /** Where records are missing, those that are there: the reader is to find out which one is gone, not that some are. */
  async #bundle(index: number, width: number): Promise<Uint8Array | undefined> {
    const leaves = await this.#log.leaves.read(this.#reader, index * TILE_WIDTH, width);
    return leaves.length > 0 ? encodeEntryBundle(leaves) : undefined;
  }
}
