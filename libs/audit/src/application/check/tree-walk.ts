import { equalBytes } from '@rogatory/kernel';
import {
  Frontier,
  HASH_BYTES,
  leafHash,
  subtreeHash,
  TILE_HEIGHT,
  TILE_WIDTH,
  tilePath,
  tileWidth,
} from '@rogatory/tlog';
import { type Findings, logFindings } from './log-finding.js';

/** A leaf with its place, as storage has it. */
export interface PlacedLeaf {
  readonly index: number;
  readonly leaf: Uint8Array;
  readonly recordId?: string;
}

/** A head that the tree has to have at its size. */
export interface ExpectedHead {
  readonly size: number;
  readonly root: Uint8Array;
}

/** Stored hashes of a tile as wide as the size of the log makes it; undefined where there is none. */
export type TileAt = (level: number, index: number) => Uint8Array | undefined;

export interface TreeWalkParts {
  readonly size: number;
  readonly findings: Findings;
  /** The tree before the first leaf that is walked; its size is a multiple of `TILE_WIDTH`. */
  readonly start: Frontier;
  /** Whether the stored tiles give the stored head: then a partial tile, which none above vouches for, is right. */
  readonly isTailIntact: boolean;
}

/**
 * Hashes the leaves of a log again and compares each stored tile, and each head, with what comes out. Where leaf and tile
 * differ the tile above decides which of the two was changed, and the walk goes on with the other one, so that one changed
 * byte is one finding.
 */
export class TreeWalk {
  readonly #parts: TreeWalkParts;
  readonly #frontier: Frontier;
  readonly #missing = new Set<string>();
  #tileAt: TileAt = () => undefined;

  constructor(parts: TreeWalkParts) {
    this.#parts = parts;
    this.#frontier = parts.start.clone();
  }

  get size(): number {
    return this.#frontier.size;
  }

  root(): Uint8Array {
    return this.#frontier.root();
  }

  /**
   * The next tile of leaves; missing ones are left out. `tileAt` knows this tile and those above it.
   * `heads` are of sizes within it, in order; `onMismatch` is told of those that do not fit.
   */
  next(
    leaves: readonly PlacedLeaf[],
    tileAt: TileAt,
    {
      heads,
      onMismatch,
    }: { readonly heads: readonly ExpectedHead[]; readonly onMismatch: (head: ExpectedHead) => void },
  ): void {
    this.#tileAt = tileAt;
    const { size } = this.#parts;
    const tile = Math.floor(this.size / TILE_WIDTH);
    const width = tileWidth(size, 0, tile);
    const first = tile * TILE_WIDTH;
    const placed = new Map(leaves.map((leaf) => [leaf.index - first, leaf]));
    const hashes = this.#leafHashes(tile, width, placed);
    const due = [...heads];
    for (const hash of hashes) {
      this.#frontier.append(hash, (node, computed) => this.#compareNode(node, computed));
      while (due[0] !== undefined && due[0].size <= this.size) {
        const head = due.shift();
        if (head !== undefined && !equalBytes(this.root(), head.root)) onMismatch(head);
      }
    }
  }

  /** The leaf hashes to go on with. */
  #leafHashes(tile: number, width: number, placed: ReadonlyMap<number, PlacedLeaf>): readonly Uint8Array[] {
    const stored = this.#tileAt(0, tile);
    const computed = Array.from({ length: width }, (_, place) => {
      const leaf = placed.get(place);
      return leaf && leafHash(leaf.leaf);
    });
    const differing = computed.flatMap((hash, place) => (isAt(stored, place, hash) ? [] : [place]));
    if (differing.length === 0) return computed as Uint8Array[];
    const isStoredRight = stored !== undefined && this.#isConfirmed(0, tile, stored);
    const path = tilePath({ kind: 'hashes', level: 0, index: tile, width });
    if (stored === undefined) this.#parts.findings.add({ code: logFindings.tileMissing, tile: path });
    for (const place of differing) {
      const leaf = placed.get(place);
      const index = tile * TILE_WIDTH + place;
      const recordId = leaf?.recordId === undefined ? {} : { recordId: leaf.recordId };
      const { findings } = this.#parts;
      if (leaf === undefined) findings.add({ code: logFindings.recordMissing, index });
      else if (isStoredRight) findings.add({ code: logFindings.leafMismatch, index, ...recordId });
      else if (stored !== undefined) findings.add({ code: logFindings.tileMismatch, index, tile: path });
    }
    return computed.map((hash, place) => {
      const known = stored === undefined ? undefined : hashIn(stored, place);
      return (isStoredRight ? known : (hash ?? known)) ?? new Uint8Array(HASH_BYTES);
    });
  }

  /** Compares a computed hash with its place in the tile that keeps it. */
  #compareNode({ level, index }: { readonly level: number; readonly index: number }, computed: Uint8Array): void {
    if (level === 0 || level % TILE_HEIGHT !== 0) return;
    const tileLevel = level / TILE_HEIGHT;
    const tile = Math.floor(index / TILE_WIDTH);
    const stored = this.#tileAt(tileLevel, tile);
    if (isAt(stored, index % TILE_WIDTH, computed)) return;
    const width = tileWidth(this.#parts.size, tileLevel, tile);
    const path = tilePath({ kind: 'hashes', level: tileLevel, index: tile, width });
    const range = { index: index * 2 ** level, end: (index + 1) * 2 ** level };
    const { findings } = this.#parts;
    if (stored === undefined) {
      if (!this.#missing.has(path)) findings.add({ code: logFindings.tileMissing, tile: path });
      this.#missing.add(path);
      return;
    }
    const code = this.#isConfirmed(tileLevel, tile, stored) ? logFindings.subtreeMismatch : logFindings.tileMismatch;
    findings.add({ code, ...range, tile: path });
  }

  /** Whether what lies above says that the stored tile is the one that was put into the tree. */
  #isConfirmed(level: number, tile: number, stored: Uint8Array): boolean {
    const parent = this.#tileAt(level + 1, Math.floor(tile / TILE_WIDTH));
    if (stored.length < TILE_WIDTH * HASH_BYTES || parent === undefined) return this.#parts.isTailIntact;
    const kept = hashIn(parent, tile % TILE_WIDTH);
    return kept !== undefined && equalBytes(subtreeHash(stored), kept);
  }
}

function hashIn(tile: Uint8Array, place: number): Uint8Array | undefined {
  const hash = tile.subarray(place * HASH_BYTES, (place + 1) * HASH_BYTES);
  return hash.length === HASH_BYTES ? hash : undefined;
}

function isAt(tile: Uint8Array | undefined, place: number, hash: Uint8Array | undefined): boolean {
  const stored = tile && hashIn(tile, place);
  return stored !== undefined && hash !== undefined && equalBytes(stored, hash);
}
