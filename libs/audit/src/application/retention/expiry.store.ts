import type { ActId } from '@rogatory/kernel';
import type { LegalBasis } from '@rogatory/protocol';
import type { Reader, Writer } from '@rogatory/platform-database';

/** What is over at a time: per legal basis, and for records without one that is named. */
export interface Cutoffs {
  readonly nowMs: number;
  readonly defaultMs: number;
  readonly byBasis: ReadonlyMap<LegalBasis, number>;
}

/** What the nightly job asks of storage. */
export interface ExpiryStore {
  shards(reader: Reader): Promise<readonly string[]>;
  /** Indices above `after` whose openings are over and not held, ascending, at most `limit`. */
  due(
    reader: Reader,
    shard: string,
    cutoffs: Cutoffs,
    page: { readonly after: number; readonly limit: number },
  ): Promise<readonly number[]>;
  /** Months with a key that ended before a time, and in which no opening is left. */
  endedMonths(reader: Reader, beforeMs: number): Promise<readonly string[]>;
  /** Deletes the key of a month; the record of it was written before. */
  endMonth(writer: Writer, month: string, record: ActId): Promise<void>;
  /** Months that have a key. */
  months(reader: Reader): Promise<readonly string[]>;
}
