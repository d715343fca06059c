import type { ActId } from '@rogatory/kernel';
import type { AuditGroup } from '@rogatory/protocol';
import { auditGroups, type StoredRecord } from '../domain/stored-record.js';
import { openGroup, type OpenedGroup } from './build-record.js';
import { type MonthKeys, monthOf } from './month-keys.js';

/** A record as an auditor gets it; the auditor's client checks every group against the leaf. */
export interface ReviewedRecord {
  readonly id: ActId;
  readonly index: number | undefined;
  /** Exact bytes of the leaf. */
  readonly leaf: Uint8Array;
  /** Groups the auditor may see; none outside the scope, or where they were erased. */
  readonly groups: { readonly [Group in AuditGroup]?: OpenedGroup };
}

/** Opens what storage let through. @throws VerificationError `crypto/open` when a stored opening was altered. */
export async function openRecords(
  records: readonly StoredRecord[],
  monthKeys: Pick<MonthKeys, 'find'>,
): Promise<readonly ReviewedRecord[]> {
  const opened: ReviewedRecord[] = [];
  for (const record of records) opened.push(await openRecord(record, monthKeys));
  return opened;
}

async function openRecord(record: StoredRecord, monthKeys: Pick<MonthKeys, 'find'>): Promise<ReviewedRecord> {
  const { id, index, leaf, openings } = record;
  const groups: { [Group in AuditGroup]?: OpenedGroup } = {};
  const hasOpenings = Object.keys(openings).length > 0;
  const monthKey = hasOpenings ? await monthKeys.find(monthOf(record.timeMs)) : undefined;
  // The key of an erased month is gone: only the leaf is left.
  if (monthKey === undefined) return { id, index, leaf, groups };
  for (const label of auditGroups) {
    const sealed = openings[label];
    if (sealed !== undefined) groups[label] = openGroup(id, label, sealed, monthKey);
  }
  return { id, index, leaf, groups };
}
