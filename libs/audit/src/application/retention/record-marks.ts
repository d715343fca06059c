import type { ActId } from '@rogatory/kernel';
import type { AuditGroup, AuditPurpose } from '@rogatory/protocol';
import type { Reader } from '@rogatory/platform-database';

/** Groups of a record that were erased, and the record that says so. */
export interface ErasedGroups {
  readonly groups: readonly AuditGroup[];
  readonly erasure: ActId;
}

/** What orders did to a record; told of every record, whoever reviews it, for it concerns no fact of it. */
export interface RecordMark {
  readonly erased: readonly ErasedGroups[];
  /** The one purpose for which the record may still be shown; undefined unless it is restricted. */
  readonly restrictedTo: AuditPurpose | undefined;
}

export const unmarked: RecordMark = { erased: [], restrictedTo: undefined };

export interface RecordMarks {
  /** Marks of those of the records that have any. */
  of(reader: Reader, ids: readonly ActId[]): Promise<ReadonlyMap<ActId, RecordMark>>;
}
