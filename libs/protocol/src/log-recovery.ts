import { CodecError, limits } from '@rogatory/kernel';
import { parseRanges, rangesText, type RecordSet } from './audit-order.js';

/**
 * What a `log.recovery` record says: which records were put back from a copy of the log. Their leaves stand in the log;
 * what opened them was lost with the database.
 */
export interface LogRecovery extends RecordSet {
  /** Size of the signed head up to which the log was put back. */
  readonly size: number;
}

const DETAIL = /^refilled shard=([a-z0-9-]{1,32}) size=(0|[1-9][0-9]{0,15}) records=([0-9,-]{1,1900})$/;

/** SPEC: audit 13 */
export function logRecoveryText({ shard, size, records }: LogRecovery): string {
  return `refilled shard=${shard} size=${size} records=${rangesText(records)}`;
}

/** @throws CodecError `codec/text` on anything but the one form. */
export function parseLogRecovery(detail: string): LogRecovery {
  const [, shard, size = '', records = ''] = DETAIL.exec(detail) ?? [];
  if (shard === undefined || Number(size) > limits.maxTreeSize) throw new CodecError('codec/text', 'not a recovery');
  return { shard, size: Number(size), records: parseRanges(records) };
}
