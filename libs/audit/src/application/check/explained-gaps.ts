import { isRogatoryError } from '@rogatory/kernel';
import {
  type AuditGroup,
  decodeAuditWhat,
  erasureEvents,
  isAuditEventCode,
  type IndexRange,
  parseErasure,
  parseLogRecovery,
} from '@rogatory/protocol';
import { auditGroups } from '../../domain/stored-record.js';
import { openGroup } from '../build-record.js';
import { type MonthKeys, sealingMonth } from '../month-keys.js';
import type { ExplainingRecord } from './log-check.store.js';
import type { IsErased } from './record-check.js';

/** Events whose records say that openings are gone. */
export const explainingEvents = [...erasureEvents, 'log.recovery'] as const;

interface Gap {
  readonly records: readonly IndexRange[];
  readonly groups: readonly AuditGroup[];
}

/**
 * What the records of a shard, and of those after it, say of its openings that are gone: erased by order, after their time, or lost with a database that
 * was set back. A record that cannot be read explains nothing.
 */
export async function explainedGaps(
  shard: string,
  records: readonly ExplainingRecord[],
  monthKeys: Pick<MonthKeys, 'find'>,
): Promise<IsErased> {
  const gaps: Gap[] = [];
  for (const record of records) {
    const gap = await gapOf(shard, record, monthKeys);
    if (gap !== undefined) gaps.push(gap);
  }
  return (index, group) =>
    gaps.some(
      ({ records: ranges, groups }) =>
        groups.includes(group) && ranges.some(({ first, last }) => first <= index && index <= last),
    );
}

async function gapOf(
  shard: string,
  { id, event, timeMs, openings }: ExplainingRecord,
  monthKeys: Pick<MonthKeys, 'find'>,
): Promise<Gap | undefined> {
  if (openings.what === undefined || !isAuditEventCode(event)) return undefined;
  try {
    const key = await monthKeys.find(sealingMonth(event, timeMs));
    if (key === undefined) return undefined;
    const { detail } = decodeAuditWhat(openGroup(id, 'what', openings.what, key).bytes);
    if (event === 'log.recovery') {
      const recovery = parseLogRecovery(detail);
      return recovery.shard === shard ? { records: recovery.records, groups: auditGroups } : undefined;
    }
    const known = erasureEvents.find((name) => name === event);
    const erasure = known && parseErasure(known, detail);
    return erasure?.shard === shard ? erasure : undefined;
  } catch (error) {
    if (!isRogatoryError(error) || error.family === 'unavailable') throw error;
    return undefined;
  }
}
