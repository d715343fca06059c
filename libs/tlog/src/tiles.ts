import { CodecError, UnavailableError, UsageError, limits } from '@rogatory/kernel';
import { HASH_BYTES, subtreeHash } from './hashing.js';
import type { HashReader } from './proof-building.js';
import { StoredTiles, type TileReader } from './stored-tiles.js';
import { TILE_HEIGHT, TILE_WIDTH, tilePath, tileWidth } from './tile-paths.js';
import type { EntryBundleId, HashTileId, TileId } from './tile-paths.js';
import { requireTreeSize, type NodeId } from './tree-size.js';

const LENGTH_BYTES = 2;

/** Entries as far as a bundle is well-formed; `rest` counts bytes that belong to no whole entry. */
export interface SplitBundle {
  /** Views into the bundle. */
  readonly entries: readonly Uint8Array[];
  readonly rest: number;
}

/** Entries of a bundle, at most `width`; never throws, so that a verifier can name the first entry that is wrong. */
export function splitEntryBundle(bytes: Uint8Array, width: number): SplitBundle {
  const entries: Uint8Array[] = [];
  let at = 0;
  while (entries.length < width && at + LENGTH_BYTES <= bytes.length) {
    const end = at + LENGTH_BYTES + (bytes[at] as number) * 256 + (bytes[at + 1] as number);
    if (end > bytes.length) break;
    entries.push(bytes.subarray(at + LENGTH_BYTES, end));
    at = end;
  }
  return { entries, rest: bytes.length - at };
}

/** SPEC: tlog-tiles: entry bundles are sequences of big-endian uint16 length-prefixed log entries. */
export function encodeEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  if (entries.length < 1 || entries.length > TILE_WIDTH) throw new UsageError('tlog/tile', 'not 1 to 256 entries');
  const bytes = new Uint8Array(entries.reduce((sum, entry) => sum + LENGTH_BYTES + entry.length, 0));
  let at = 0;
  for (const entry of entries) {
    if (entry.length > limits.maxLogEntryBytes) throw new UsageError('tlog/entry-length', 'a log entry is too long');
    bytes[at] = entry.length >> 8;
    bytes[at + 1] = entry.length & 0xff;
    bytes.set(entry, at + LENGTH_BYTES);
    at += LENGTH_BYTES + entry.length;
  }
  return bytes;
}

/** Exactly `width` entries. @throws CodecError `tlog/tile` on fewer, more, or a broken length. */
export function decodeEntryBundle(bytes: Uint8Array, width: number): readonly Uint8Array[] {
  const { entries, rest } = splitEntryBundle(bytes, width);
  if (entries.length !== width || rest !== 0) throw new CodecError('tlog/tile', 'not an entry bundle of its width');
  return entries;
}

/**
 * Hashes of a tile. When the partial tile is gone the full one serves.
 * @throws UnavailableError `tlog/tile-missing`; CodecError `tlog/tile` when the length is not that of its width.
 */
export async function readHashTile(reader: TileReader, tile: HashTileId): Promise<Uint8Array> {
  const stored = await new StoredTiles(reader).hashes(tile);
  if (stored.state === 'missing') throw missing(tile);
  if (stored.state === 'malformed') throw new CodecError('tlog/tile', 'not a hash tile of its width');
  return stored.bytes;
}

/** The `width` entries of a bundle, with the full bundle as fallback. @throws as `readHashTile`. */
export async function readEntryBundle(reader: TileReader, tile: EntryBundleId): Promise<readonly Uint8Array[]> {
  const stored = await new StoredTiles(reader).entries(tile);
  if (stored === undefined) throw missing(tile);
  return decodeEntryBundle(stored.bytes, stored.exact ? tile.width : TILE_WIDTH).slice(0, tile.width);
}

/**
 * Hashes of perfect subtrees out of the tiles of one tree; reads each tile once per batch and keeps nothing.
 * The tiles are believed: what a proof built from them is worth, its verification tells.
 */
export class TileHashReader implements HashReader {
  readonly #reader: TileReader;
  readonly #size: number;

  constructor(reader: TileReader, size: number) {
    requireTreeSize(size);
    this.#reader = reader;
    this.#size = size;
  }

  async readHashes(nodes: readonly NodeId[]): Promise<Uint8Array[]> {
    const tiles = new Map<string, Promise<Uint8Array>>();
    const hashes = nodes.map(async (node) => {
      const { tile, from, count } = this.#place(node);
      const path = tilePath(tile);
      const read = tiles.get(path) ?? readHashTile(this.#reader, tile);
      tiles.set(path, read);
      const bytes = await read;
      return subtreeHash(bytes.subarray(from * HASH_BYTES, (from + count) * HASH_BYTES));
    });
    return Promise.all(hashes);
  }

  /** The tile below the node whose neighbouring hashes give it. */
  #place(node: NodeId): { tile: HashTileId; from: number; count: number } {
    const level = Math.floor(node.level / TILE_HEIGHT);
    const count = 2 ** (node.level % TILE_HEIGHT);
    const first = node.index * count;
    const index = Math.floor(first / TILE_WIDTH);
    const from = first % TILE_WIDTH;
    const width = tileWidth(this.#size, level, index);
    if (from + count > width) throw new UsageError('tlog/tree-size', 'no such node in the tree');
    return { tile: { kind: 'hashes', level, index, width }, from, count };
  }
}

function missing(tile: TileId): UnavailableError {
  return new UnavailableError('tlog/tile-missing', 'a tile of the log is missing', {
    details: { path: tilePath(tile) },
  });
}
