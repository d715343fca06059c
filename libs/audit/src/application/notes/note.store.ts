import type { ActId, AuthorityId } from '@rogatory/kernel';
import type { NotedThing } from '@rogatory/protocol';
import type { Reader } from '@rogatory/platform-database';
import type { AuditScope } from '../../domain/record-filter.js';
import type { StoredRecord } from '../../domain/stored-record.js';

/** Notes are records like any other: nothing but the log keeps them. */
export interface NoteReader {
  /** Whether the record, or any record of the case, is one that the scope opens. */
  isReviewed(reader: Reader, thing: NotedThing, scope: AuditScope): Promise<boolean>;
  /** What auditors of one oversight body noted on a record, newest first, at most so many. */
  on(reader: Reader, record: ActId, body: AuthorityId, most: number): Promise<readonly StoredRecord[]>;
}
