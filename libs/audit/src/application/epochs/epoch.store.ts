import type { ActId, AuthorityId } from '@rogatory/kernel';
import type { EpochEntry, EpochFacts, EpochSubject } from '@rogatory/protocol';
import type { Reader, Writer } from '@rogatory/platform-database';
import type { CountedRecord } from './epoch-counting.js';

/** An epoch as stored; `secret` is gone once a later one took its place. */
export interface StoredEpoch extends EpochFacts {
  readonly timeMs: number;
  readonly recordId: ActId;
  readonly secret: Uint8Array | undefined;
}

export type NewEpoch = StoredEpoch & { readonly secret: Uint8Array };

/** Counts over the records of one log, and the epochs made of them. */
export interface EpochStore {
  /** Whether this transaction is the only one that counts now. MUST NOT wait. */
  lock(writer: Writer): Promise<boolean>;
  /** Records with an index below this are counted. */
  counted(reader: Reader): Promise<number>;
  /** Sequenced records from an index on, at most `limit`, in order. */
  records(reader: Reader, first: number, limit: number): Promise<readonly CountedRecord[]>;
  /** Counts of these subjects; those that were never counted are left out. */
  counts(reader: Reader, subjects: readonly EpochSubject[]): Promise<readonly EpochEntry[]>;
  /** Stores the counts and moves `counted` on. Answers false and changes nothing when it is not at `from` any more. */
  advance(writer: Writer, step: CountStep): Promise<boolean>;
  /**
   * Adds subjects that no record named yet, with nothing counted. Answers false and adds none where more than `limit` of that
   * kind would stand there.
   */
  admit(writer: Writer, subjects: readonly EpochSubject[], limit: number): Promise<boolean>;
  /** Authorities that were counted in any log, whatever they are counted as; at most `limit`. */
  authorities(reader: Reader, limit: number): Promise<readonly AuthorityId[]>;
  /** Everything counted, at most `limit` subjects. */
  allCounts(reader: Reader, limit: number): Promise<readonly EpochEntry[]>;
  /** Removes subjects without any record from what the next epoch counts, except those to `keep`. */
  forgetAbsent(writer: Writer, keep: readonly EpochSubject[]): Promise<void>;
  /** Notes where compartments stand, for the epoch that the same transaction stores; nobody else changes these. */
  keepHeads(writer: Writer, heads: readonly EpochEntry[]): Promise<void>;
  /**
   * Stores an epoch over what is counted and noted now; the secret of the one before is forgotten. Answers false when there are
   * other than `entries` subjects: then the transaction must not commit.
   */
  close(writer: Writer, epoch: NewEpoch): Promise<boolean>;
  /** The newest epoch; undefined before the first. */
  latest(reader: Reader): Promise<StoredEpoch | undefined>;
  /** Epochs below a number, newest first. */
  list(reader: Reader, page: { readonly first: number; readonly below?: number }): Promise<readonly StoredEpoch[]>;
  /** The record of an epoch with what opens its group. */
  record(reader: Reader, epoch: StoredEpoch): Promise<EpochRecord | undefined>;
  /** The entries of the newest epoch, at most `limit`. */
  entries(reader: Reader, limit: number): Promise<readonly EpochEntry[]>;
}

export interface CountStep {
  readonly from: number;
  readonly to: number;
  readonly entries: readonly EpochEntry[];
}

/** The record of an epoch; the sealed group is gone once its month was erased. */
export interface EpochRecord {
  readonly leaf: Uint8Array;
  readonly index: number | undefined;
  readonly timeMs: number;
  readonly sealedWhat: Uint8Array | undefined;
}
