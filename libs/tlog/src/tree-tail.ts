import { VerificationError, concatBytes, equalBytes } from '@rogatory/kernel';
import { Frontier } from './frontier.js';
import { HASH_BYTES, hashAt, leafHash } from './hashing.js';
import { TILE_HEIGHT, TILE_WIDTH, tilePath, tileWidth, type TileId } from './tile-paths.js';
import type { TileReader } from './stored-tiles.js';
import { encodeEntryBundle, readEntryBundle, readHashTile } from './tiles.js';

/** A file of the log to store under its path; a full one never changes again. */
export interface LogFile {
  readonly path: string;
  readonly tile: TileId;
  readonly bytes: Uint8Array;
}

/** What appending a batch gives: the tree after it and every file that is new or wider. */
export interface Extension {
  readonly tail: TreeTail;
  /** Files of the new size: store all of them before a checkpoint of that size is signed. */
  readonly files: readonly LogFile[];
  /** In the order of the entries; the first has index `size before`. */
  readonly leafHashes: readonly Uint8Array[];
}

/**
 * The growing end of a log: its frontier and its partial tiles, which is all that appending needs. Immutable:
 * `extend` gives a new tail, so a batch whose transaction fails is simply forgotten.
 */
export class TreeTail {
  readonly #frontier: Frontier;
  /** Partial tile per tile level, without the full ones. */
  readonly #tiles: readonly Uint8Array[];
  /** Entries beside the partial level 0 tile. */
  readonly #entries: readonly Uint8Array[];

  private constructor(frontier: Frontier, tiles: readonly Uint8Array[], entries: readonly Uint8Array[]) {
    this.#frontier = frontier;
    this.#tiles = tiles;
    this.#entries = entries;
  }

  static readonly empty = new TreeTail(new Frontier(), [], []);

  get size(): number {
    return this.#frontier.size;
  }

  root(): Uint8Array {
    return this.#frontier.root();
  }

  frontier(): Frontier {
    return this.#frontier.clone();
  }

  /**
   * The tail of a stored log of `size` leaves, checked against its head: the partial tiles must give `root`, the
   * stored entries must hash to the last tile. Reads at most seven tiles and one bundle.
   * @throws VerificationError `tlog/tail` when storage does not fit the head; what `readHashTile` throws.
   */
  static async read(reader: TileReader, size: number, root: Uint8Array): Promise<TreeTail> {
    const tiles: Uint8Array[] = [];
    for (let level = 0; tileWidth(size, level, 0) > 0; level++) {
      const index = Math.floor(size / TILE_WIDTH ** (level + 1));
      const width = tileWidth(size, level, index);
      tiles.push(width === 0 ? new Uint8Array(0) : await readHashTile(reader, { kind: 'hashes', level, index, width }));
    }
    const frontier = frontierOf(tiles);
    if (frontier.size !== size || !equalBytes(frontier.root(), root)) throw unfit();
    return new TreeTail(frontier, tiles, await readTailEntries(reader, size, tiles[0]));
  }

  /**
   * The log with these entries after the last one. Costs one leaf hash and about one node hash per entry.
   * @throws UsageError `tlog/entry-length`, `tlog/tree-size`.
   */
  extend(entries: readonly Uint8Array[]): Extension {
    if (entries.length === 0) return { tail: this, files: [], leafHashes: [] };
    const growth = new Growth(this.#frontier.clone(), this.#tiles, this.#entries);
    const leafHashes = entries.map((entry) => growth.append(entry));
    const { files, tiles, bundle } = growth.finish();
    return { tail: new TreeTail(growth.frontier, tiles, bundle), files, leafHashes };
  }
}

/** One batch under way. */
class Growth {
  readonly frontier: Frontier;
  readonly #files: LogFile[] = [];
  readonly #tiles: Uint8Array[][];
  #bundle: Uint8Array[];
  readonly #touched = new Set<number>();

  constructor(frontier: Frontier, tiles: readonly Uint8Array[], entries: readonly Uint8Array[]) {
    this.frontier = frontier;
    this.#tiles = tiles.map((tile) => Array.from({ length: tile.length / HASH_BYTES }, (_, i) => hashAt(tile, i)));
    this.#bundle = [...entries];
  }

  append(entry: Uint8Array): Uint8Array {
    const leaf = leafHash(entry);
    const bundleIndex = Math.floor(this.frontier.size / TILE_WIDTH);
    // A copy: the caller may reuse its buffer before the bundle is full.
    this.#bundle.push(entry.slice());
    if (this.#bundle.length === TILE_WIDTH) {
      this.#storeBundle(bundleIndex);
      this.#bundle = [];
    }
    this.frontier.append(leaf, ({ level, index }, hash) => {
      if (level % TILE_HEIGHT === 0) this.#push(level / TILE_HEIGHT, index, hash);
    });
    return leaf;
  }

  finish(): { files: readonly LogFile[]; tiles: readonly Uint8Array[]; bundle: readonly Uint8Array[] } {
    if (this.#bundle.length > 0) this.#storeBundle(Math.floor(this.frontier.size / TILE_WIDTH));
    const tiles = this.#tiles.map((hashes) => concatBytes(...hashes));
    tiles.forEach((bytes, level) => {
      const index = Math.floor(this.frontier.size / TILE_WIDTH ** (level + 1));
      if (bytes.length > 0 && this.#touched.has(level)) this.#storeTile(level, index, bytes);
    });
    return { files: this.#files, tiles, bundle: this.#bundle };
  }

  #push(level: number, index: number, hash: Uint8Array): void {
    const hashes = (this.#tiles[level] ??= []);
    hashes.push(hash);
    this.#touched.add(level);
    if (hashes.length < TILE_WIDTH) return;
    this.#storeTile(level, Math.floor(index / TILE_WIDTH), concatBytes(...hashes));
    this.#tiles[level] = [];
  }

  #storeTile(level: number, index: number, bytes: Uint8Array): void {
    const tile: TileId = { kind: 'hashes', level, index, width: bytes.length / HASH_BYTES };
    this.#files.push({ path: tilePath(tile), tile, bytes });
  }

  #storeBundle(index: number): void {
    const tile: TileId = { kind: 'entries', index, width: this.#bundle.length };
    this.#files.push({ path: tilePath(tile), tile, bytes: encodeEntryBundle(this.#bundle) });
  }
}

/** The partial tiles of all levels hold the whole frontier: highest level first, each hash a subtree of 256^level. */
function frontierOf(tiles: readonly Uint8Array[]): Frontier {
  const frontier = new Frontier();
  for (let level = tiles.length - 1; level >= 0; level--) {
    const tile = tiles[level] as Uint8Array;
    for (let place = 0; place < tile.length / HASH_BYTES; place++) {
      frontier.appendSubtree(level * TILE_HEIGHT, hashAt(tile, place));
    }
  }
  return frontier;
}

async function readTailEntries(
  reader: TileReader,
  size: number,
  tile: Uint8Array | undefined,
): Promise<readonly Uint8Array[]> {
  const width = size % TILE_WIDTH;
  if (width === 0) return [];
  const index = Math.floor(size / TILE_WIDTH);
  const entries = await readEntryBundle(reader, { kind: 'entries', index, width });
  for (const [place, entry] of entries.entries()) {
    if (tile === undefined || !equalBytes(leafHash(entry), hashAt(tile, place))) throw unfit();
  }
  return entries;
}

function unfit(): VerificationError {
  return new VerificationError('tlog/tail', 'the stored end of the log does not fit its head');
}
