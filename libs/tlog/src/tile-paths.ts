import { CodecError, UsageError, limits } from '@rogatory/kernel';
import { requireTreeSize } from './tree-size.js';

/** Hashes in a full tile, entries in a full bundle (tlog-tiles). */
export const TILE_WIDTH = 256;
/** Levels of the tree one tile spans: 2^8 = 256. */
export const TILE_HEIGHT = 8;

const MAX_TILE_LEVEL = 63;
const MAX_TILE_INDEX = limits.maxTreeSize / TILE_WIDTH;

/** A tile of hashes. Width 256 is full, 1 to 255 partial. */
export interface HashTileId {
  readonly kind: 'hashes';
  readonly level: number;
  readonly index: number;
  readonly width: number;
}

/** The entries beside the level 0 tile of the same index and width. */
export interface EntryBundleId {
  readonly kind: 'entries';
  readonly index: number;
  readonly width: number;
}

export type TileId = HashTileId | EntryBundleId;

/**
 * Path below the log's prefix (tlog-tiles): `tile/<L>/<N>[.p/<W>]` or `tile/entries/<N>[.p/<W>]`.
 * @throws UsageError `tlog/tile-path` on a level over 63, an index over 2^40 or a width outside 1 to 256.
 */
export function tilePath(tile: TileId): string {
  const level = tile.kind === 'hashes' ? tile.level : 0;
  if (!isWhole(level, 0, MAX_TILE_LEVEL) || !isWhole(tile.index, 0, MAX_TILE_INDEX) || !isWhole(tile.width, 1, 256)) {
    throw new UsageError('tlog/tile-path', 'no such tile');
  }
  const suffix = tile.width === TILE_WIDTH ? '' : `.p/${tile.width}`;
  return `tile/${tile.kind === 'hashes' ? level : 'entries'}/${indexPath(tile.index)}${suffix}`;
}

const PATH = /^tile\/(entries|0|[1-9][0-9]?)\/((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/;

/** Inverse of `tilePath`; takes the one canonical form of each path. @throws CodecError `tlog/tile-path`. */
export function parseTilePath(path: string): TileId {
  const match = PATH.exec(path);
  if (match === null) throw malformed();
  const [, level, digits = '', partial] = match;
  const index = Number(digits.replaceAll(/[x/]/g, ''));
  const width = partial === undefined ? TILE_WIDTH : Number(partial);
  if (width > TILE_WIDTH || index > MAX_TILE_INDEX || Number(level) > MAX_TILE_LEVEL) throw malformed();
  const tile: TileId =
    level === 'entries' ? { kind: 'entries', index, width } : { kind: 'hashes', level: Number(level), index, width };
  // One path per tile: `x000/001` and `001.p/256` name nothing.
  if (tilePath(tile) !== path) throw malformed();
  return tile;
}

/**
 * Hashes the tile holds in a tree of `size` leaves: 256 when full, 1 to 255 when partial, 0 when there is none.
 * SPEC: tlog-tiles: the partial tile at level l for a tree of size s has floor(s / 256**l) mod 256 entries.
 */
export function tileWidth(size: number, level: number, index: number): number {
  requireTreeSize(size);
  const hashes = Math.floor(size / TILE_WIDTH ** level);
  return Math.max(0, Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH));
}

/** Every tile and bundle of a tree of `size` leaves: entries, then hashes level by level, each left to right. */
export function* tilesOf(size: number): Generator<TileId> {
  requireTreeSize(size);
  for (let index = 0; tileWidth(size, 0, index) > 0; index++) {
    yield { kind: 'entries', index, width: tileWidth(size, 0, index) };
  }
  for (let level = 0; tileWidth(size, level, 0) > 0; level++) {
    for (let index = 0; tileWidth(size, level, index) > 0; index++) {
      yield { kind: 'hashes', level, index, width: tileWidth(size, level, index) };
    }
  }
}

/** SPEC: tlog-tiles: zero-padded 3-digit path elements, all but the last begin with an x. */
function indexPath(index: number): string {
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  const elements = padded.match(/.{3}/g) ?? [];
  return elements.map((element, i) => (i < elements.length - 1 ? `x${element}` : element)).join('/');
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= least && value <= most;
}

function malformed(): CodecError {
  return new CodecError('tlog/tile-path', 'not the path of a tile');
}
