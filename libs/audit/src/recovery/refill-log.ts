import { type Clock, limits, newActId, type RandomBytes } from '@rogatory/kernel';
import { logRecoveryText, rangesOf } from '@rogatory/protocol';
import { equalBytes } from '@rogatory/kernel';
import type { Database, Writer } from '@rogatory/platform-database';
import type { AuditRecorder } from '../application/audit-recorder.js';
import type { LeafSource, TreeHead } from '../application/log/log-tree.store.js';
import { Sequencer } from '../application/log/sequencer.js';
import { sequencerPrincipal, type TransparencyLog } from '../application/log/transparency-log.js';
import { copyDiffers, logLost, signerRewound } from '../domain/audit.errors.js';
import { nothingConcerned, systemActor } from '../domain/audit-entry.js';
import type { LogCopy } from './log-copy.js';
import type { CopiedLeaf, RecoveryStore } from '../application/recovery.store.js';
import type { ShardEnd, ShardStore } from '../application/shard.store.js';

export interface RefillLogParts {
  readonly database: Database;
  readonly log: TransparencyLog;
  readonly store: RecoveryStore;
  readonly recorder: Pick<AuditRecorder, 'recordMany'>;
  /** Asked where the copy ends with the record by which a log ends. */
  readonly successor: () => Promise<LogSuccessor>;
  readonly shards: Pick<ShardStore, 'end'>;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

/** What follows a log that had ended: it takes no record any more, so what is put back is recorded in the next one. */
export interface LogSuccessor {
  readonly recorder: Pick<AuditRecorder, 'recordMany'>;
  readonly end: ShardEnd;
}

/** What a refill did. */
export interface Refill {
  /** Size that the database had. */
  readonly from: number;
  /** Size of the signed head, which it has now. */
  readonly size: number;
  /** Records of which only the leaf came back: their openings are lost. */
  readonly lost: number;
  /** Of a log that had ended: the next one, which is put back after it. */
  readonly nextShard: string | undefined;
}

/** Where it is recorded what is put back of a log of this size. */
interface Recovered {
  readonly recorder: Pick<AuditRecorder, 'recordMany'>;
  readonly size: number;
}

const principal = { kind: 'job', job: 'audit-recovery' } as const;
const MAX_RANGES = 64; // of a record's detail: 2,000 bytes

/**
 * Puts a log back that was restored from an old backup, up to the head that its signer signed: the missing records with
 * their leaves, every index, every tile. Checks the whole copy against the signer's head, and the database against the copy,
 * before anything is written; goes on where it was cut off. What is put back is recorded in the same transaction.
 */
export class RefillLog {
  readonly #parts: RefillLogParts;

  constructor(parts: RefillLogParts) {
    this.#parts = parts;
  }

  /**
   * @throws VerificationError `audit/copy-short`, `audit/copy-differs`; `audit/signer-rewound` when the database is beyond
   * the signer already; UsageError `audit/turned-since`; whatever the database throws.
   */
  async run(copy: LogCopy, signed: TreeHead): Promise<Refill> {
    const from = await this.#size();
    if (from > signed.size) throw signerRewound({ signedSize: signed.size, askedSize: from });
    await copy.verify(signed);
    await this.#compare(copy, from);
    const successor = await this.#successorOf(copy, signed.size);
    const missing = { recorder: successor?.recorder ?? this.#parts.recorder, size: signed.size };
    const lost = await this.#addMissing(copy, from, missing);
    await this.#number(copy, signed);
    if (successor !== undefined) await this.#end(successor.end);
    return { from, size: signed.size, lost, nextShard: successor?.end.nextShard };
  }

  async #successorOf(copy: LogCopy, size: number): Promise<LogSuccessor | undefined> {
    const [last] = size === 0 ? [] : await copy.leaves(size - 1, size);
    return last?.leaf.ev === 'log.shard.close' ? this.#parts.successor() : undefined;
  }

  /** Last: the database takes no record for a log that has ended, and no server starts on one that ended and is not marked so. */
  async #end(end: ShardEnd): Promise<void> {
    const { database, shards } = this.#parts;
    await database.writeUnaudited(sequencerPrincipal, (writer) => shards.end(writer, end), {
      reason: 'audit/shard-end',
    });
  }

  async #size(): Promise<number> {
    const { database, log } = this.#parts;
    return (await database.read(principal, (reader) => log.tree.head(reader)))?.size ?? 0;
  }

  /** Both are of one history as far as the database goes, or nothing of this may be written. */
  async #compare(copy: LogCopy, size: number): Promise<void> {
    const { database, log } = this.#parts;
    for (let first = 0; first < size; ) {
      const copied = await copy.leaves(first, size);
      const begin = first;
      const stored = await database.read(principal, (reader) => log.leaves.read(reader, begin, copied.length));
      const differing = copied.findIndex(({ bytes }, place) => !equalBytes(bytes, stored[place] ?? new Uint8Array(0)));
      if (differing >= 0) throw copyDiffers({ index: first + differing });
      first += copied.length;
    }
  }

  async #addMissing(copy: LogCopy, from: number, recovered: Recovered): Promise<number> {
    let lost = 0;
    for (let first = from; first < recovered.size; ) {
      const copied = await copy.leaves(first, recovered.size);
      lost += await this.#addSome(first, copied, recovered);
      first += copied.length;
    }
    return lost;
  }

  async #addSome(first: number, copied: readonly CopiedLeaf[], recovered: Recovered): Promise<number> {
    const { database, store } = this.#parts;
    const known = await database.read(principal, (reader) => store.stored(reader, copied));
    const missing = copied.flatMap((leaf, place) => (known.has(leaf.leaf.id) ? [] : [{ leaf, index: first + place }]));
    if (missing.length === 0) return 0;
    await database.write(principal, async (writer) => {
      await store.addBare(
        writer,
        missing.map(({ leaf }) => leaf),
      );
      await this.#record(
        writer,
        missing.map(({ index }) => index),
        recovered,
      );
    });
    return missing.length;
  }

  async #record(writer: Writer, indices: readonly number[], { recorder, size }: Recovered): Promise<void> {
    const { log, clock, random } = this.#parts;
    const shard = log.origin.slice(log.origin.lastIndexOf('/') + 1);
    const ranges = rangesOf(indices);
    const details: string[] = [];
    for (let at = 0; at < ranges.length; at += MAX_RANGES) {
      details.push(logRecoveryText({ shard, size, records: ranges.slice(at, at + MAX_RANGES) }));
    }
    await recorder.recordMany(
      writer,
      details.map((detail) => ({
        ...{
          id: newActId(clock, random),
          event: 'log.recovery',
          outcome: 'allowed',
          reasonCode: 'ok',
          who: systemActor,
        },
        what: { ...nothingConcerned, count: indices.length, detail },
      })),
    );
  }

  /** The sequencer's own way, with the order of the copy in place of the order of ids. */
  async #number(copy: LogCopy, signed: TreeHead): Promise<void> {
    const { database, log } = this.#parts;
    const leaves = new CopyOrder(copy, signed.size, this.#parts);
    const sequencer = new Sequencer(database, { ...log, leaves });
    for (;;) {
      const { size } = await sequencer.runBatch();
      if (size === undefined) throw logLost();
      if (size >= signed.size) break;
    }
    const head = await database.read(principal, (reader) => log.tree.head(reader));
    if (head === undefined || !equalBytes(head.root, signed.root)) throw copyDiffers({ size: signed.size });
  }
}

/** Numbers stored records as a copy has them. */
class CopyOrder implements LeafSource {
  readonly #copy: LogCopy;
  readonly #size: number;
  readonly #parts: Pick<RefillLogParts, 'store' | 'log'>;

  constructor(copy: LogCopy, size: number, parts: Pick<RefillLogParts, 'store' | 'log'>) {
    this.#copy = copy;
    this.#size = size;
    this.#parts = parts;
  }

  async take(writer: Writer, first: number): Promise<readonly Uint8Array[]> {
    if (first >= this.#size) return [];
    const leaves = await this.#copy.leaves(first, Math.min(this.#size, first + limits.sequencerBatchRecords));
    const placed = await this.#parts.store.place(writer, first, leaves);
    if (placed !== leaves.length) throw copyDiffers({ index: first });
    return leaves.map(({ bytes }) => bytes);
  }

  read(...args: Parameters<LeafSource['read']>): Promise<readonly Uint8Array[]> {
    return this.#parts.log.leaves.read(...args);
  }
}
