import { unknownLog } from '../domain/audit.errors.js';

/** The logs that auditors ask about: the one that takes records, and those before it. */
export interface KnownShards {
  readonly shard: string;
  /** The earliest first. */
  readonly pastShards?: readonly string[];
}

/** The log that a question names, or the one that takes records. @throws RefusedError `audit/unknown-log`. */
export function askedShard({ shard, pastShards = [] }: KnownShards, asked: string | undefined): string {
  if (asked === undefined || asked === shard) return shard;
  if (!pastShards.includes(asked)) throw unknownLog([...pastShards, shard]);
  return asked;
}
