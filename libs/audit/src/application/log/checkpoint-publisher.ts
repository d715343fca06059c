import { type Clock, equalBytes, limits } from '@rogatory/kernel';
import { consistencyProof, TileHashReader, TreeTail } from '@rogatory/tlog';
import type { Reader } from '@rogatory/platform-database';
import { logCorrupt, signerForked, signerRewound, signerUnknownLog } from '../../domain/audit.errors.js';
import { LogFiles } from './log-files.js';
import type { LogSigner, SigningRequest } from './log-signer.js';
import type { TreeHead } from './log-tree.store.js';
import { type LogDatabase, sequencerPrincipal, type TransparencyLog } from './transparency-log.js';

/**
 * Reads back what the sequencer stored, hashes it again, and only then asks the signer. A bit that flipped on the way to
 * storage is found here, before a signature makes it final.
 */
export class CheckpointPublisher {
  readonly #database: LogDatabase;
  readonly #log: TransparencyLog;
  readonly #signer: LogSigner;
  readonly #clock: Clock;
  /** The log as far as this publisher has read it back. */
  #checked: TreeTail | undefined;
  #published: number | undefined;

  constructor(database: LogDatabase, log: TransparencyLog, signer: LogSigner, clock: Clock) {
    this.#database = database;
    this.#log = log;
    this.#signer = signer;
    this.#clock = clock;
  }

  /**
   * Signs and stores the head of the log unless it is signed already. Answers the signed size.
   * @throws InternalError `audit/log-corrupt`; VerificationError of the signer or `tlog/tail`; UnavailableError.
   */
  async publish(): Promise<number> {
    try {
      return await this.#publish();
    } catch (error) {
      this.#checked = undefined;
      throw error;
    }
  }

  /**
   * Reads back what is stored by now and signs nothing, so that the next `publish` finds less to do.
   * @throws as `publish`.
   */
  async follow(): Promise<void> {
    const checked = this.#checked;
    if (checked === undefined) return;
    try {
      const head = await this.#read((reader) => this.#log.tree.head(reader));
      if (head !== undefined && head.size > checked.size) await this.#check(head, head);
    } catch (error) {
      this.#checked = undefined;
      throw error;
    }
  }

  async #publish(): Promise<number> {
    const head = await this.#read((reader) => this.#log.tree.head(reader));
    const signed = await this.#signedHead(head);
    if (head === undefined) return 0;
    if (head.size < signed.size) throw signerRewound({ signedSize: signed.size, askedSize: head.size });
    if (head.size === signed.size && !equalBytes(head.root, signed.root)) {
      throw signerForked({ signedSize: signed.size, askedSize: head.size });
    }
    if (head.size === signed.size && this.#published === head.size) return head.size;
    await this.#check(signed, head);
    const note = await this.#signer.sign(await this.#request(signed, head));
    await this.#save(head.size, note);
    this.#published = head.size;
    return head.size;
  }

  /** A log the signer does not know is admitted only while it is empty: a lost signer is not silently replaced. */
  async #signedHead(head: TreeHead | undefined): Promise<TreeHead> {
    const { origin, tree } = this.#log;
    const signed = await this.#signer.signedHead(origin);
    if (signed !== undefined) {
      if (head === undefined && signed.size > 0) throw signerRewound({ signedSize: signed.size, askedSize: 0 });
      return signed;
    }
    const checkpoint = await this.#read((reader) => tree.checkpoint(reader));
    if (checkpoint !== undefined) throw signerUnknownLog(origin);
    await this.#signer.admitLog(origin);
    return this.#signedHead(head);
  }

  /** Reads the log back from what was checked last up to the head, in bounded steps. */
  async #check(signed: TreeHead, head: TreeHead): Promise<void> {
    while (this.#checked === undefined || this.#checked.size < head.size) {
      const start = this.#checked;
      this.#checked = await this.#read(async (reader) => {
        const tail =
          start ?? (await TreeTail.read(new LogFiles(this.#log, reader, signed.size), signed.size, signed.root));
        return this.#checkStep(reader, tail, head);
      });
      if (start !== undefined && start.size === this.#checked.size) throw logCorrupt(this.#log.origin, head.size);
    }
    if (!equalBytes(this.#checked.root(), head.root)) throw logCorrupt(this.#log.origin, head.size);
  }

  async #checkStep(reader: Reader, tail: TreeTail, head: TreeHead): Promise<TreeTail> {
    const count = Math.min(limits.sequencerBatchRecords, head.size - tail.size);
    if (count === 0) return tail;
    const leaves = await this.#log.leaves.read(reader, tail.size, count);
    if (leaves.length !== count) throw logCorrupt(this.#log.origin, head.size);
    const { tail: grown, files } = tail.extend(leaves);
    const stored = new LogFiles(this.#log, reader, head.size);
    const tiles = files.filter(({ tile }) => tile.kind === 'hashes');
    const copies = await Promise.all(tiles.map(({ path }) => stored.readTile(path)));
    const areEqual = tiles.every(({ bytes }, place) => equalBytes(bytes, copies[place] ?? new Uint8Array(0)));
    if (!areEqual) throw logCorrupt(this.#log.origin, head.size);
    return grown;
  }

  async #request(signed: TreeHead, head: TreeHead): Promise<SigningRequest> {
    if (signed.size === 0 || signed.size === head.size) return { origin: this.#log.origin, head, proof: [] };
    const proof = await this.#read((reader) => {
      const hashes = new TileHashReader(new LogFiles(this.#log, reader, head.size), head.size);
      return consistencyProof(signed.size, head.size, hashes);
    });
    return { origin: this.#log.origin, head, proof };
  }

  async #save(size: number, note: Uint8Array): Promise<void> {
    const { tree, keepCheckpointsEveryMs } = this.#log;
    const checkpoint = { size, note, timeMs: this.#clock.nowMs() };
    await this.#database.writeUnaudited(
      sequencerPrincipal,
      (writer) => tree.saveCheckpoint(writer, checkpoint, keepCheckpointsEveryMs),
      { reason: 'audit/checkpoint' },
    );
  }

  #read<T>(use: (reader: Reader) => Promise<T>): Promise<T> {
    return this.#database.read(sequencerPrincipal, use);
  }
}
