import {
  consistencyProof,
  emptyRoot,
  encodeTlogProof,
  fullConsistencyPath,
  inclusionProof,
  perfectSubtrees,
  TileHashReader,
  treeRoot,
} from '@rogatory/tlog';
import type { DatabasePrincipal, Reader } from '@rogatory/platform-database';
import { LogFiles } from './log-files.js';
import type { StoredCheckpoint } from './log-tree.store.js';
import { type LogDatabase, logReaderPrincipal, type TransparencyLog } from './transparency-log.js';

/** Serves a log as far as it is signed. Who may read what is decided, and recorded, by the caller. */
export class LogReader {
  readonly #database: LogDatabase;
  readonly log: TransparencyLog;
  /** Whether the head that is shown is one that a quorum cosigned. */
  readonly hasWitnesses: boolean;

  constructor(database: LogDatabase, log: TransparencyLog, hasWitnesses = false) {
    this.#database = database;
    this.log = log;
    this.hasWitnesses = hasWitnesses;
  }

  /**
   * The head that is shown to everybody: where there are witnesses, the one that a quorum of them cosigned last, however
   * long ago, and none before they first spoke; the newest signed one where there are none.
   */
  async published(): Promise<StoredCheckpoint | undefined> {
    return this.#database.read(logReaderPrincipal, (reader) => this.#published(reader));
  }

  async #published(reader: Reader): Promise<StoredCheckpoint | undefined> {
    return this.hasWitnesses ? this.log.tree.witnessed(reader) : this.log.tree.checkpoint(reader);
  }

  /** Newest signed head; undefined before the first. */
  async checkpoint(principal: DatabasePrincipal = logReaderPrincipal): Promise<StoredCheckpoint | undefined> {
    return this.#database.read(principal, (reader) => this.log.tree.checkpoint(reader));
  }

  /** Bytes of a tile or entry bundle at a path of tlog-tiles; undefined for none. @throws CodecError `tlog/tile-path`. */
  async file(path: string, principal: DatabasePrincipal = logReaderPrincipal): Promise<Uint8Array | undefined> {
    return this.#database.read(principal, async (reader) => {
      const checkpoint = await this.log.tree.checkpoint(reader);
      return checkpoint && new LogFiles(this.log, reader, checkpoint.size).readTile(path);
    });
  }

  /** Leaves from an index on, at most `limit`, as far as they are signed. */
  async leaves(reader: Reader, first: number, limit: number): Promise<readonly Uint8Array[]> {
    const checkpoint = await this.log.tree.checkpoint(reader);
    const count = Math.min(limit, (checkpoint?.size ?? 0) - first);
    return count > 0 ? this.log.leaves.read(reader, first, count) : [];
  }

  /** Proof between two signed sizes. @throws UsageError `tlog/tree-size` unless 1 <= first <= second. */
  async consistency(reader: Reader, firstSize: number, secondSize: number): Promise<readonly Uint8Array[]> {
    return consistencyProof(firstSize, secondSize, this.#hashes(reader, secondSize));
  }

  /** The full path between two signed sizes, as a fork proof takes it. @throws UsageError `tlog/tree-size` as `consistency`. */
  async pathBetween(firstSize: number, secondSize: number): Promise<readonly Uint8Array[]> {
    return this.#database.read(logReaderPrincipal, (reader) =>
      fullConsistencyPath(firstSize, secondSize, this.#hashes(reader, secondSize)),
    );
  }

  /** Hashes of the inclusion proof of a leaf in the log of a size. @throws UsageError `tlog/tree-size`. */
  async inclusion(reader: Reader, index: number, size: number): Promise<readonly Uint8Array[]> {
    return inclusionProof(index, size, this.#hashes(reader, size));
  }

  /** The `.tlog-proof` of a leaf under the published head; undefined while that does not cover it. */
  async proof(reader: Reader, index: number): Promise<Uint8Array | undefined> {
    return (await this.proofSince(reader, index, 0))?.proof;
  }

  /**
   * As `proof`, with the consistency proof from an older size to the same head: empty for size 0. Undefined also while the
   * published head is behind that size.
   */
  async proofSince(
    reader: Reader,
    index: number,
    size: number,
  ): Promise<{ readonly proof: Uint8Array; readonly consistency: readonly Uint8Array[] } | undefined> {
    const checkpoint = await this.#published(reader);
    if (checkpoint === undefined || checkpoint.size < Math.max(index + 1, size)) return undefined;
    const hashes = await this.inclusion(reader, index, checkpoint.size);
    const consistency = size >= 1 ? await this.consistency(reader, size, checkpoint.size) : [];
    return { proof: encodeTlogProof({ index, hashes, checkpoint: checkpoint.note, extra: undefined }), consistency };
  }

  /** Hashes of the perfect subtrees of the leaves `[begin, end)` in the log of a size, left to right. */
  async subtrees(reader: Reader, range: { readonly begin: number; readonly end: number }, size: number) {
    return this.#hashes(reader, size).readHashes(perfectSubtrees(range.begin, range.end));
  }

  /** Root that the log had at a size: what a head stated by a client is compared with; undefined for a size to come. */
  async rootAt(reader: Reader, size: number): Promise<Uint8Array | undefined> {
    if (size === 0) return emptyRoot();
    const head = await this.log.tree.head(reader);
    return head === undefined || size > head.size ? undefined : treeRoot(size, this.#hashes(reader, size));
  }

  #hashes(reader: Reader, size: number): TileHashReader {
    return new TileHashReader(new LogFiles(this.log, reader, size), size);
  }
}
