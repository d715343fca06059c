import type { ActId } from '@rogatory/kernel';
import type { Reader, Writer } from '@rogatory/platform-database';
import type { AuditScope, RecordFilter, RecordPage } from '../domain/record-filter.js';
import type { NewRecord, StoredRecord } from '../domain/stored-record.js';

export interface AuditRecordWriter {
  /**
   * Stores records with their openings in one statement.
   * @throws RefusedError `audit/duplicate-act` when an id is taken, `audit/counter-reused` when a device's counter is.
   */
  add(writer: Writer, records: readonly NewRecord[]): Promise<void>;
}

export interface AuditRecordReader {
  /** Records in the log that fit, newest first; openings only within the scope. */
  list(reader: Reader, query: RecordQuery): Promise<readonly StoredRecord[]>;
  /** One record; openings only within the scope. */
  find(reader: Reader, id: ActId, scope: AuditScope): Promise<StoredRecord | undefined>;
  /** Leaf and place of a device's own record, for its receipt. */
  findLeaf(reader: Reader, id: ActId): Promise<StoredLeaf | undefined>;
  /** As `findLeaf`, of a record whose device nobody knows any more: put back from a copy of the log. */
  findBareLeaf(reader: Reader, id: ActId): Promise<StoredLeaf | undefined>;
  /** Those of the ids whose record has an index below `size`. */
  sequencedBelow(reader: Reader, ids: readonly ActId[], size: number): Promise<readonly ActId[]>;
  /** Number of records without an index, counted up to `most`. */
  countPending(reader: Reader, most: number): Promise<number>;
  /** Time of the oldest record without an index; undefined when there is none. */
  pendingSinceMs(reader: Reader): Promise<number | undefined>;
}

/** What a receipt is made of. */
export type StoredLeaf = Pick<StoredRecord, 'shard' | 'leaf' | 'timeMs' | 'index'>;

export interface RecordQuery {
  readonly shard: string;
  readonly filter: RecordFilter;
  readonly page: RecordPage;
  readonly scope: AuditScope;
}
