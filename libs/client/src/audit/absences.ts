import { type ActId, isRogatoryError } from '@rogatory/kernel';
import { type AuditGroup, type Erasure, erasureEvents, parseErasure } from '@rogatory/protocol';
import type { OpenRecord } from './audit.js';

/** Why a group of a record is not open, as far as the log itself shows it. */
export interface Absence {
  readonly group: AuditGroup;
  readonly cause:
    | 'order'
    | 'retention'
    | 'restricted'
    /** The server names no erasure: the group is of an authority that the asker does not review, or it is missing. */
    | 'not-shown'
    /** The server names an erasure, and that record does not say so: a finding. */
    | 'missing-opening'
    /** The record of an erasure names the group, and it is open all the same: a finding. */
    | 'erased-but-open';
  readonly erasure: ActId | undefined;
}

/** Causes that nobody may leave at that. */
export const absenceFindings: readonly Absence['cause'][] = ['missing-opening', 'erased-but-open'];

const groupNames: readonly AuditGroup[] = ['who', 'what', 'why', 'src', 'act'];

/**
 * What a record of erasure names; undefined unless its leaf stands in the log, was opened, and is one.
 * SPEC: retention 3
 */
export function erasureOf({ leaf, groups, provenIn }: OpenRecord): Erasure | undefined {
  const event = erasureEvents.find((known) => known === leaf.ev);
  if (event === undefined || leaf.out !== 'allowed' || groups.what === undefined || provenIn === undefined)
    return undefined;
  try {
    return parseErasure(event, groups.what.detail);
  } catch (error) {
    if (isRogatoryError(error)) return undefined;
    throw error;
  }
}

/**
 * Every group of a record that its leaf commits to and that is not open, with its cause; and those that are open although
 * they were erased. @param erasures the records that the record's own `erased` names, as far as they were fetched.
 */
export function absencesOf(
  record: OpenRecord,
  shard: string,
  erasures: ReadonlyMap<ActId, OpenRecord>,
): readonly Absence[] {
  return groupNames.flatMap((group): readonly Absence[] => {
    if (record.leaf.com[group] === undefined) return [];
    const told = record.erased.find(({ groups }) => groups.includes(group));
    const isOpen = record.groups[group] !== undefined;
    if (told === undefined) {
      const cause = record.restrictedTo === undefined ? 'not-shown' : 'restricted';
      return isOpen ? [] : [{ group, cause, erasure: undefined }];
    }
    const found = erasures.get(told.erasure);
    const erasure = found && erasureOf(found);
    const isNamed = erasure !== undefined && names(erasure, { shard, index: record.index, group });
    if (isOpen) return isNamed ? [{ group, cause: 'erased-but-open', erasure: told.erasure }] : [];
    if (!isNamed) return [{ group, cause: 'missing-opening', erasure: told.erasure }];
    return [{ group, cause: erasure.ordered === undefined ? 'retention' : 'order', erasure: told.erasure }];
  });
}

interface GroupPlace {
  readonly shard: string;
  readonly index: number | undefined;
  readonly group: AuditGroup;
}

function names(erasure: Erasure, { shard, index, group }: GroupPlace): boolean {
  if (index === undefined || erasure.shard !== shard || !erasure.groups.includes(group)) return false;
  return erasure.records.some(({ first, last }) => first <= index && index <= last);
}
