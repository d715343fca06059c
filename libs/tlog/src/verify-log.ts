import { equalBytes, isRogatoryError } from '@rogatory/kernel';
import type { SignedCheckpoint } from './checkpoint.js';
import { Frontier } from './frontier.js';
import { hashAt, leafHash, subtreeHash } from './hashing.js';
import { ReadAhead } from './read-ahead.js';
import { StoredTiles, type StoredBundle, type TileReader } from './stored-tiles.js';
import { TILE_HEIGHT, TILE_WIDTH, tilePath, tileWidth, type EntryBundleId, type HashTileId } from './tile-paths.js';
import { splitEntryBundle } from './tiles.js';
import type { NodeId } from './tree-size.js';

/** What is wrong, as seen from the stored files. */
export const logFaults = {
  /** The head cannot be opened: form, signature, quorum or origin; `code` says which. */
  checkpointRefused: 'checkpoint-refused',
  /** An older head cannot be opened, or is another log's. */
  earlierRefused: 'earlier-refused',
  /** An older head is larger than this one: the tail was cut off. */
  truncated: 'truncated',
  /** An older head has another root at its size: history was rewritten. */
  earlierMismatch: 'earlier-mismatch',
  entryMissing: 'entry-missing',
  /** Bytes behind the last entry of a bundle. */
  entrySurplus: 'entry-surplus',
  /** The entry does not hash to its place in an intact hash tile. */
  entryMismatch: 'entry-mismatch',
  tileMissing: 'tile-missing',
  /** A hash tile whose length is not that of its width. */
  tileMalformed: 'tile-malformed',
  /** A hash in a tile is not that of the leaves below it. */
  tileMismatch: 'tile-mismatch',
  /** All files fit each other, the head has another root. */
  rootMismatch: 'root-mismatch',
} as const;
export type LogFault = (typeof logFaults)[keyof typeof logFaults];

/** The first thing found wrong. The wrong entry, or the wrong hash's leaves, lie in `[index, end)`. */
export interface FailedLog {
  readonly outcome: 'failed';
  readonly fault: LogFault;
  readonly index: number;
  readonly end: number;
  /** File it was seen in; undefined when it is a matter of heads. */
  readonly path: string | undefined;
  /** Code of the error behind a refused head. */
  readonly code: string | undefined;
}

export interface VerifiedLog<Head extends SignedCheckpoint> {
  readonly outcome: 'verified';
  readonly checkpoint: Head;
  /** Entries below are pruned and were taken as leaf hashes only. */
  readonly firstEntry: number;
  /** Older heads this log was found to extend. */
  readonly earlier: readonly Head[];
}

export type LogVerdict<Head extends SignedCheckpoint = SignedCheckpoint> = VerifiedLog<Head> | FailedLog;

/** Entries of one bundle, as they pass. They fit the stored hash tile; the verdict on the whole is still out. */
export interface EntryBatch {
  readonly firstIndex: number;
  readonly entries: readonly Uint8Array[];
  readonly leafHashes: readonly Uint8Array[];
}

export interface LogToVerify<Head extends SignedCheckpoint> {
  readonly tiles: TileReader;
  /** Signed checkpoint, verbatim. */
  readonly checkpoint: Uint8Array;
  /** Whose signatures are trusted: `openCheckpoint` with pinned keys or `verifyCheckpoint` with a policy. */
  readonly open: (checkpoint: Uint8Array) => Head;
  /** Signed checkpoints the reader holds from before: the log has to extend every one of them. */
  readonly earlier?: readonly Uint8Array[];
  /** Minimum index of a pruned log: bundles that end at or before it are not read. Default 0. */
  readonly firstEntry?: number;
  /** Sees every entry that was read, in order; what it throws ends the verification. */
  readonly onEntries?: (batch: EntryBatch) => void | Promise<void>;
}

/**
 * Verifies a stored log from bytes to signature: entries → leaf hashes → hash tiles of every level → root →
 * signed head → older heads. Streams: holds one bundle and one tile per level, whatever the size. About two SHA-256
 * per entry. What is wrong with the log is the answer; only what the reader or `onEntries` throws is thrown.
 */
export async function verifyLog<Head extends SignedCheckpoint>(input: LogToVerify<Head>): Promise<LogVerdict<Head>> {
  try {
    return await new LogWalk(input).run();
  } catch (error) {
    if (error instanceof Finding) return error.failure;
    throw error;
  }
}

/** Ends the walk at the first fault; never leaves this file. */
class Finding extends Error {
  readonly failure: FailedLog;

  constructor(failure: Omit<FailedLog, 'outcome' | 'path' | 'code'> & { path?: string; code?: string }) {
    super('a fault of the log was found');
    const { fault, index, end, path, code } = failure;
    this.failure = { outcome: 'failed', fault, index, end, path, code };
  }
}

/** A hash that belongs into a tile of level `level / 8`. */
interface TileHash {
  readonly level: number;
  readonly index: number;
  readonly hash: Uint8Array;
}

class LogWalk<Head extends SignedCheckpoint> {
  readonly #input: LogToVerify<Head>;
  readonly #head: Head;
  readonly #earlier: readonly Head[];
  readonly #stored: StoredTiles;
  readonly #frontier = new Frontier();
  /** Older heads already compared, of the sorted list. */
  #passed = 0;

  constructor(input: LogToVerify<Head>) {
    this.#input = input;
    this.#head = openHead(input.checkpoint, input.open, logFaults.checkpointRefused);
    const earlier = (input.earlier ?? []).map((bytes) => openHead(bytes, input.open, logFaults.earlierRefused));
    this.#earlier = earlier.sort((a, b) => a.size - b.size);
    this.#stored = new StoredTiles(new ReadAhead(input.tiles, pathsOf(this.#head.size, input.firstEntry ?? 0)));
  }

  async run(): Promise<VerifiedLog<Head>> {
    this.#requireFittingHeads();
    const { size } = this.#head;
    for (let index = 0; index * TILE_WIDTH < size; index++) await this.#walkTile(index);
    if (!equalBytes(this.#frontier.root(), this.#head.root)) {
      throw new Finding({ fault: logFaults.rootMismatch, index: this.#vouchedFor(), end: size });
    }
    return {
      outcome: 'verified',
      checkpoint: this.#head,
      firstEntry: Math.min(this.#input.firstEntry ?? 0, size),
      earlier: this.#earlier,
    };
  }

  #requireFittingHeads(): void {
    const { size, origin } = this.#head;
    for (const head of this.#earlier) {
      if (head.origin !== origin) throw new Finding({ fault: logFaults.earlierRefused, index: 0, end: head.size });
      if (head.size > size) throw new Finding({ fault: logFaults.truncated, index: size, end: head.size });
    }
  }

  /** One level 0 tile and the bundle beside it. */
  async #walkTile(index: number): Promise<void> {
    const width = tileWidth(this.#head.size, 0, index);
    const tile = await this.#tile({ kind: 'hashes', level: 0, index, width });
    const pruned = (index + 1) * TILE_WIDTH <= (this.#input.firstEntry ?? 0);
    if (!pruned) await this.#checkEntries({ kind: 'entries', index, width }, tile);
    for (const { level, index: at, hash } of this.#append(tile, width)) await this.#checkParent(level, at, hash);
  }

  /** Adds a tile to the tree; yields the hashes this completes in tiles of the levels above. */
  #append(tile: Uint8Array, width: number): TileHash[] {
    const completed: TileHash[] = [];
    const collect = ({ level, index }: NodeId, hash: Uint8Array): void => {
      if (level > 0 && level % TILE_HEIGHT === 0) completed.push({ level, index, hash });
    };
    const next = this.#earlier[this.#passed]?.size ?? Number.POSITIVE_INFINITY;
    if (width === TILE_WIDTH && next >= this.#frontier.size + width) {
      // No older head ends inside: the tile is hashed in place, which is a third cheaper than leaf by leaf.
      this.#frontier.appendSubtree(TILE_HEIGHT, subtreeHash(tile), collect);
      this.#compareEarlier();
      return completed;
    }
    for (let place = 0; place < width; place++) {
      this.#frontier.append(hashAt(tile, place), collect);
      this.#compareEarlier();
    }
    return completed;
  }

  async #checkEntries(id: EntryBundleId, tile: Uint8Array): Promise<void> {
    const firstIndex = id.index * TILE_WIDTH;
    const { bytes, path, exact } = await this.#bundle(id);
    const { entries, rest } = splitEntryBundle(bytes, id.width);
    const leafHashes = entries.map(leafHash);
    const wrong = leafHashes.findIndex((hash, place) => !equalBytes(hash, hashAt(tile, place)));
    if (wrong >= 0) {
      const fault = (await this.#isIntact(id.index, tile)) ? logFaults.entryMismatch : logFaults.tileMismatch;
      const seen = fault === logFaults.entryMismatch ? path : tilePath({ ...id, kind: 'hashes', level: 0 });
      throw new Finding({ fault, index: firstIndex + wrong, end: firstIndex + wrong + 1, path: seen });
    }
    const after = firstIndex + entries.length;
    const end = firstIndex + id.width;
    if (entries.length < id.width) throw new Finding({ fault: logFaults.entryMissing, index: after, end, path });
    if (exact && rest > 0) throw new Finding({ fault: logFaults.entrySurplus, index: after, end: after, path });
    await this.#input.onEntries?.({ firstIndex, entries, leafHashes });
  }

  /** Whether the level 0 tile is what its parent, or for the last tile the head, says it is. */
  async #isIntact(index: number, tile: Uint8Array): Promise<boolean> {
    const { size, root } = this.#head;
    const width = tileWidth(size, 0, index);
    if (width === TILE_WIDTH) {
      const parentIndex = Math.floor(index / TILE_WIDTH);
      const parent = await this.#parentTile(1, parentIndex);
      return equalBytes(subtreeHash(tile), hashAt(parent, index % TILE_WIDTH));
    }
    const frontier = this.#frontier.clone();
    for (let place = 0; place < width; place++) frontier.append(hashAt(tile, place));
    return equalBytes(frontier.root(), root);
  }

  async #checkParent(level: number, index: number, hash: Uint8Array): Promise<void> {
    const tileLevel = level / TILE_HEIGHT;
    const tileIndex = Math.floor(index / TILE_WIDTH);
    const tile = await this.#parentTile(tileLevel, tileIndex);
    if (equalBytes(hash, hashAt(tile, index % TILE_WIDTH))) return;
    const width = tileWidth(this.#head.size, tileLevel, tileIndex);
    const path = tilePath({ kind: 'hashes', level: tileLevel, index: tileIndex, width });
    const leaves = 2 ** level;
    throw new Finding({ fault: logFaults.tileMismatch, index: index * leaves, end: (index + 1) * leaves, path });
  }

  #parentTile(level: number, index: number): Promise<Uint8Array> {
    return this.#tile({ kind: 'hashes', level, index, width: tileWidth(this.#head.size, level, index) });
  }

  async #tile(id: HashTileId): Promise<Uint8Array> {
    const stored = await this.#stored.hashes(id);
    if (stored.state === 'whole') return stored.bytes;
    const leaves = TILE_WIDTH ** id.level;
    const index = id.index * TILE_WIDTH * leaves;
    const fault = stored.state === 'missing' ? logFaults.tileMissing : logFaults.tileMalformed;
    throw new Finding({ fault, index, end: index + id.width * leaves, path: tilePath(id) });
  }

  async #bundle(id: EntryBundleId): Promise<StoredBundle> {
    const stored = await this.#stored.entries(id);
    if (stored !== undefined) return stored;
    const index = id.index * TILE_WIDTH;
    throw new Finding({ fault: logFaults.entryMissing, index, end: index + id.width, path: tilePath(id) });
  }

  #compareEarlier(): void {
    for (let head = this.#earlier[this.#passed]; head !== undefined; head = this.#earlier[this.#passed]) {
      if (head.size > this.#frontier.size) return;
      if (head.size > 0 && !equalBytes(this.#frontier.root(), head.root)) {
        throw new Finding({ fault: logFaults.earlierMismatch, index: this.#vouchedFor(), end: head.size });
      }
      this.#passed++;
    }
  }

  /** Entries below are those of an older head that fits: what is wrong lies behind them. */
  #vouchedFor(): number {
    return this.#earlier[this.#passed - 1]?.size ?? 0;
  }
}

/** The files of a whole log in the order in which the walk comes to them, but for the few tiles above level 0. */
function* pathsOf(size: number, firstEntry: number): Generator<string> {
  for (let index = 0; index * TILE_WIDTH < size; index++) {
    const width = tileWidth(size, 0, index);
    yield tilePath({ kind: 'hashes', level: 0, index, width });
    if ((index + 1) * TILE_WIDTH > firstEntry) yield tilePath({ kind: 'entries', index, width });
  }
}

function openHead<Head extends SignedCheckpoint>(
  bytes: Uint8Array,
  open: (checkpoint: Uint8Array) => Head,
  fault: LogFault,
): Head {
  try {
    return open(bytes);
  } catch (error) {
    if (!isRogatoryError(error) || (error.family !== 'codec' && error.family !== 'verification')) throw error;
    throw new Finding({ fault, index: 0, end: 0, code: error.code });
  }
}
