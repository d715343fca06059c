import type { ActId } from '@rogatory/kernel';
import type { LogEnding } from '@rogatory/protocol';
import type { Reader, Writer } from '@rogatory/platform-database';

/** That a log takes no further records, and which one does. */
export interface ShardEnd {
  readonly shard: string;
  readonly nextShard: string;
  readonly reason: LogEnding;
  readonly timeMs: number;
  /** Of an abandoned log: the word of its signer on the one that follows. */
  readonly note: Uint8Array | undefined;
}

/** Events of which a log holds one record at most. */
export type LogWordEvent = 'log.genesis' | 'log.shard.close';

/** The record by which a log begins or ends. */
export interface StoredWord {
  readonly id: ActId;
  readonly leaf: Uint8Array;
  /** Undefined while it waits for the sequencer. */
  readonly index: number | undefined;
  readonly sealedWhat: Uint8Array | undefined;
}

/** Which logs have ended. MUST refuse every further record of one that has, whoever records it. */
export interface ShardStore {
  /** Undefined while the log takes records. */
  endOf(reader: Reader, shard: string): Promise<ShardEnd | undefined>;
  /** All ends, the earliest first. */
  ends(reader: Reader): Promise<readonly ShardEnd[]>;
  /**
   * Ends a log, unless it has ended. Waits for every transaction that has recorded in it: what commits later is refused.
   */
  end(writer: Writer, end: ShardEnd): Promise<void>;
  /** The one record by which a log begins or ends. */
  word(reader: Reader, shard: string, event: LogWordEvent): Promise<StoredWord | undefined>;
  /** Whether a log holds a record of an event. */
  has(reader: Reader, shard: string, event: LogWordEvent): Promise<boolean>;
}
