import type { ActId } from '@rogatory/kernel';
import type { AuditLeaf } from '@rogatory/protocol';
import type { Reader, Writer } from '@rogatory/platform-database';

/** A leaf out of a copy of the log. */
export interface CopiedLeaf {
  readonly bytes: Uint8Array;
  readonly leaf: AuditLeaf;
}

/** What a recovery reads and writes beside the log itself. */
export interface RecoveryStore {
  /** Which of these records are stored, numbered or not. @throws VerificationError `audit/copy-differs` for another leaf. */
  stored(reader: Reader, leaves: readonly CopiedLeaf[]): Promise<ReadonlySet<ActId>>;
  /** Adds records of which nothing but the leaf is left. */
  addBare(writer: Writer, leaves: readonly CopiedLeaf[]): Promise<void>;
  /** Gives stored records the indices from `first` on, in the order given. Answers how many took theirs. */
  place(writer: Writer, first: number, leaves: readonly CopiedLeaf[]): Promise<number>;
  /** Whether the shard has any record. */
  isBegun(reader: Reader): Promise<boolean>;
  /** Moves records without an index into another shard; answers how many. */
  moveUnnumbered(writer: Writer, toShard: string): Promise<number>;
}
