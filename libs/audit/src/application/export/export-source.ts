import type { Reader } from '@rogatory/platform-database';
import type { AuditScope } from '../../domain/record-filter.js';
import type { StoredRecord } from '../../domain/stored-record.js';

/** A record in its place; its openings only where the scope covers it. */
export interface RangeRecord extends StoredRecord {
  readonly index: number;
  /** Whether the asker may open it, whatever is left of its openings. */
  readonly isInScope: boolean;
}

export interface RecordRange {
  readonly first: number;
  readonly limit: number;
  readonly scope: AuditScope;
}

export interface ExportSource {
  /** Numbered records from an index on, in the order of the log. */
  range(reader: Reader, range: RecordRange): Promise<readonly RangeRecord[]>;
}
