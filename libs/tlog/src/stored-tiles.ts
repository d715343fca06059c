import { HASH_BYTES } from './hashing.js';
import { TILE_WIDTH, tilePath, type EntryBundleId, type HashTileId } from './tile-paths.js';

/** Reads the static files of a log: a folder, a bucket, a database, the network. Nothing read is trusted. */
export interface TileReader {
  /** Bytes at a path of `tilePath`; undefined when there is nothing. MUST reject when it cannot tell. */
  readTile(path: string): Promise<Uint8Array | undefined>;
}

/** A hash tile as storage has it. */
export type StoredTile =
  | { readonly state: 'whole'; readonly bytes: Uint8Array }
  | { readonly state: 'missing' }
  | { readonly state: 'malformed' };

/** A bundle as storage has it; nothing of it is parsed. */
export interface StoredBundle {
  readonly bytes: Uint8Array;
  readonly path: string;
  /** False when the full bundle stands in for a partial one: more entries follow then. */
  readonly exact: boolean;
}

/** Reads the files of one tree and keeps the last hash tile per level above 0: a walk from left to right needs no more. */
export class StoredTiles {
  readonly #reader: TileReader;
  readonly #kept = new Map<number, { path: string; tile: StoredTile }>();

  constructor(reader: TileReader) {
    this.#reader = reader;
  }

  async hashes(id: HashTileId): Promise<StoredTile> {
    const path = tilePath(id);
    const kept = this.#kept.get(id.level);
    if (kept?.path === path) return kept.tile;
    const tile = await this.#readHashes(id, path);
    this.#kept.set(id.level, { path, tile });
    return tile;
  }

  /** The bundle, or the full one in place of a partial one. */
  async entries(id: EntryBundleId): Promise<StoredBundle | undefined> {
    const path = tilePath(id);
    const bytes = await this.#reader.readTile(path);
    if (bytes !== undefined) return { bytes, path, exact: true };
    if (id.width === TILE_WIDTH) return undefined;
    const fullPath = tilePath({ ...id, width: TILE_WIDTH });
    const full = await this.#reader.readTile(fullPath);
    return full === undefined ? undefined : { bytes: full, path: fullPath, exact: false };
  }

  async #readHashes(id: HashTileId, path: string): Promise<StoredTile> {
    const bytes = await this.#reader.readTile(path);
    if (bytes !== undefined) return whole(bytes, id.width, id.width);
    if (id.width === TILE_WIDTH) return { state: 'missing' };
    // SPEC: tlog-tiles: clients MAY fetch the full tile as a fallback in case the partial tile is not available anymore.
    const full = await this.#reader.readTile(tilePath({ ...id, width: TILE_WIDTH }));
    return full === undefined ? { state: 'missing' } : whole(full, TILE_WIDTH, id.width);
  }
}

function whole(bytes: Uint8Array, width: number, wanted: number): StoredTile {
  if (bytes.length !== width * HASH_BYTES) return { state: 'malformed' };
  return { state: 'whole', bytes: bytes.subarray(0, wanted * HASH_BYTES) };
}
