import type { ActId } from '@rogatory/kernel';
import type { AuditGroup, AuditPurpose } from '@rogatory/protocol';
import { auditGroups, type StoredRecord } from '../domain/stored-record.js';
import { type RecordMark, unmarked } from './retention/record-marks.js';
import { openGroup, type OpenedGroup } from './build-record.js';
import { type MonthKeys, monthOf } from './month-keys.js';

/** A record as an auditor gets it; the auditor's client checks every group against the leaf. */
export interface ReviewedRecord extends RecordMark {
  readonly id: ActId;
  readonly index: number | undefined;
  /** Exact bytes of the leaf. */
  readonly leaf: Uint8Array;
  /** Groups the auditor may see; none outside the scope, where they were erased, or while the record is restricted. */
  readonly groups: { readonly [Group in AuditGroup]?: OpenedGroup };
}

/** What a review knows of the records that it shows. */
export interface Showing {
  readonly monthKeys: Pick<MonthKeys, 'find'>;
  readonly marks: ReadonlyMap<ActId, RecordMark>;
  /** For one record that is looked at by itself: a restricted one opens for its own purpose alone, in a list for none. */
  readonly purpose?: AuditPurpose;
}

/** Opens what storage let through. @throws VerificationError `crypto/open` when a stored opening was altered. */
export async function openRecords(
  records: readonly StoredRecord[],
  showing: Showing,
): Promise<readonly ReviewedRecord[]> {
  const opened: ReviewedRecord[] = [];
  for (const record of records) opened.push(await openRecord(record, showing));
  return opened;
}

async function openRecord(record: StoredRecord, { monthKeys, marks, purpose }: Showing): Promise<ReviewedRecord> {
  const { id, index, leaf, openings } = record;
  const mark = marks.get(id) ?? unmarked;
  const groups: { [Group in AuditGroup]?: OpenedGroup } = {};
  const isShown = mark.restrictedTo === undefined || mark.restrictedTo === purpose;
  const hasOpenings = isShown && Object.keys(openings).length > 0;
  const monthKey = hasOpenings ? await monthKeys.find(monthOf(record.timeMs)) : undefined;
  // The key of an erased month is gone: only the leaf is left.
  if (monthKey === undefined) return { id, index, leaf, groups, ...mark };
  for (const label of auditGroups) {
    const sealed = openings[label];
    if (sealed !== undefined) groups[label] = openGroup(id, label, sealed, monthKey);
  }
  return { id, index, leaf, groups, ...mark };
}
