import { equalBytes, limits } from '@rogatory/kernel';
import { emptyRoot, type Extension, type LogFile, TreeTail } from '@rogatory/tlog';
import type { Writer } from '@rogatory/platform-database';
import { logLost } from '../../domain/audit.errors.js';
import { LogFiles } from './log-files.js';
import type { StoredTile, TreeHead } from './log-tree.store.js';
import { type LogDatabase, sequencerPrincipal, type TransparencyLog } from './transparency-log.js';

const nothing: TreeHead = { size: 0, root: emptyRoot() };

/** What one batch did. */
export interface SequencedBatch {
  readonly leaves: number;
  /** Size of the log afterwards; undefined when another sequencer was at work. */
  readonly size: number | undefined;
}

/**
 * Numbers the leaves of one log and stores the tree over them, a batch per transaction. Any number of processes may run
 * one: an advisory lock keeps them from idle work, the compare-and-swap of the head decides.
 */
export class Sequencer {
  readonly #database: LogDatabase;
  readonly #log: TransparencyLog;
  #tail: TreeTail | undefined;

  constructor(database: LogDatabase, log: TransparencyLog) {
    this.#database = database;
    this.#log = log;
  }

  /**
   * Sequences up to `limits.sequencerBatchRecords` leaves.
   * @throws RefusedError `audit/log-lost` when another one came first (nothing is changed); VerificationError `tlog/tail`
   * when storage does not fit its head; whatever the database throws.
   */
  async runBatch(): Promise<SequencedBatch> {
    try {
      return await this.#database.writeUnaudited(sequencerPrincipal, (writer) => this.#batch(writer), {
        reason: 'audit/sequence',
      });
    } catch (error) {
      // What was cached may be wrong or may not have been stored: storage tells.
      this.#tail = undefined;
      throw error;
    }
  }

  async #batch(writer: Writer): Promise<SequencedBatch> {
    const { tree, leaves } = this.#log;
    // Sent together: the lock guards the statements behind it, and a guess that was wrong rolls back.
    const guess = this.#tail?.size;
    const [isLocked, head = nothing, guessed] = await Promise.all([
      tree.lock(writer),
      tree.head(writer),
      guess === undefined ? undefined : leaves.take(writer, guess, limits.sequencerBatchRecords),
    ]);
    if (!isLocked) {
      if (guessed !== undefined && guessed.length > 0) throw logLost();
      return { leaves: 0, size: undefined };
    }
    if (guess !== undefined && !isAt(this.#tail, head)) throw logLost();
    const tail = this.#tail ?? (await TreeTail.read(new LogFiles(this.#log, writer, head.size), head.size, head.root));
    const taken = guessed ?? (await leaves.take(writer, head.size, limits.sequencerBatchRecords));
    const extension = tail.extend(taken);
    if (taken.length > 0) await this.#store(writer, head, extension);
    writer.afterCommit(() => {
      this.#tail = extension.tail;
    });
    return { leaves: taken.length, size: extension.tail.size };
  }

  async #store(writer: Writer, from: TreeHead, extension: Extension): Promise<void> {
    const to = { size: extension.tail.size, root: extension.tail.root() };
    const isFirst = await this.#log.tree.advance(writer, { from, to, tiles: storedTiles(extension.files) });
    if (!isFirst) throw logLost();
  }
}

function isAt(tail: TreeTail | undefined, head: TreeHead): boolean {
  return tail !== undefined && tail.size === head.size && equalBytes(tail.root(), head.root);
}

/** Bundles are not stored: they are made from the leaves. */
export function storedTiles(files: readonly LogFile[]): readonly StoredTile[] {
  return files.flatMap(({ tile, bytes }) =>
    tile.kind === 'hashes' ? [{ level: tile.level, index: tile.index, width: tile.width, hashes: bytes }] : [],
  );
}
