import type { Reader, Writer } from '@rogatory/platform-database';

/** Size and root of a log as stored. */
export interface TreeHead {
  readonly size: number;
  readonly root: Uint8Array;
}

/** Hashes of one place of the tree; a partial tile (width below 256) grows until it is full. */
export interface StoredTile {
  readonly level: number;
  readonly index: number;
  readonly width: number;
  readonly hashes: Uint8Array;
}

/** A signed head. */
export interface StoredCheckpoint {
  readonly size: number;
  readonly note: Uint8Array;
  readonly timeMs: number;
}

/** State of one transparency log in the database, all of it derived from its leaves. */
export interface LogTreeStore {
  /** Whether this transaction is the only sequencer of the log now. MUST NOT wait. */
  lock(writer: Writer): Promise<boolean>;
  /** undefined before the first batch. */
  head(reader: Reader): Promise<TreeHead | undefined>;
  /**
   * Moves the head from `from` to `to` and stores the tiles, in one statement. Answers false and changes nothing when
   * the head is not `from` any more, or when a stored tile is not the beginning of the new one.
   */
  advance(writer: Writer, step: TreeStep): Promise<boolean>;
  tile(reader: Reader, level: number, index: number): Promise<StoredTile | undefined>;
  /** Newest signed head; undefined before the first. */
  checkpoint(reader: Reader): Promise<StoredCheckpoint | undefined>;
  /** Signed head of this size, where it was kept. */
  checkpointAt(reader: Reader, size: number): Promise<StoredCheckpoint | undefined>;
  /** Stores a signed head; heads younger than `keepEveryMs` after a kept one give way to it. */
  saveCheckpoint(writer: Writer, checkpoint: StoredCheckpoint, keepEveryMs: number): Promise<void>;
  /** Newest head that a quorum of witnesses cosigned; undefined before the first. */
  witnessed(reader: Reader): Promise<StoredCheckpoint | undefined>;
  /** Stores a witnessed head; a larger one that is stored already stays. */
  saveWitnessed(writer: Writer, checkpoint: StoredCheckpoint): Promise<void>;
}

export interface TreeStep {
  readonly from: TreeHead;
  readonly to: TreeHead;
  readonly tiles: readonly StoredTile[];
}

/** Where the leaves of a log come from. */
export interface LeafSource {
  /**
   * The next leaves, in order, at most `limit`; they have the indices from `first` on when the transaction commits.
   * MUST give the same leaves for the same indices ever after.
   */
  take(writer: Writer, first: number, limit: number): Promise<readonly Uint8Array[]>;
  /** Leaves with the indices from `first` on, at most `limit`, without a gap. */
  read(reader: Reader, first: number, limit: number): Promise<readonly Uint8Array[]>;
}
