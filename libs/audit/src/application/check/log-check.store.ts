import type { Reader } from '@rogatory/platform-database';
import type { SealedOpenings, StoredRecord } from '../../domain/stored-record.js';
import type { StoredCheckpoint } from '../log/log-tree.store.js';

/** A stored record with every column that repeats a fact; ids in lower-case hexadecimal, absent ones undefined. */
export interface CheckedRecord {
  readonly index: number;
  readonly leaf: Uint8Array;
  readonly columns: Readonly<Record<string, string | number | undefined>>;
  readonly openings: SealedOpenings;
}

/** A record that may explain a gap. */
export type ExplainingRecord = Pick<StoredRecord, 'id' | 'timeMs' | 'openings'> & { readonly event: string };

/** What a check reads of a log beside its tiles. */
export interface LogCheckStore {
  /** Records with the indices `[first, first + count)`, in order; missing ones are left out. */
  records(reader: Reader, first: number, count: number): Promise<readonly CheckedRecord[]>;
  /** Some of the records whose index the head does not cover, seen with the head in one moment. */
  beyondHead(reader: Reader, origin: string): Promise<readonly { readonly index: number; readonly recordId: string }[]>;
  /** Records that may explain why openings are gone, up to `limits.logCheckExplanations`. */
  explaining(reader: Reader): Promise<readonly ExplainingRecord[]>;
  /** Stored checkpoints of the sizes `(after, upTo]`, in order. */
  checkpoints(reader: Reader, range: CheckpointRange): Promise<readonly StoredCheckpoint[]>;
}

export interface CheckpointRange {
  readonly origin: string;
  readonly after: number;
  readonly upTo: number;
}
