import { UsageError } from '@rogatory/kernel';
import { prepared, type Database } from '@rogatory/platform-database';

// Names of later logs sort after those of earlier ones; each half of the question is answered by the end of an index.
const findShard = prepared(
  'audit/shard',
  `SELECT max(shard) AS shard FROM (
    SELECT max(shard) AS shard FROM audit_event WHERE seq IS NULL
    UNION ALL SELECT max(shard) FROM audit_event WHERE seq IS NOT NULL) AS found`,
);

/** Name of the half-year in which a log begins, such as "2026h2". */
function shardOf(timeMs: number): string {
  const date = new Date(timeMs);
  return `${date.getUTCFullYear()}h${date.getUTCMonth() < 6 ? 1 : 2}`;
}

const findPrevious = prepared(
  'audit/shard-previous',
  `SELECT max(shard) AS shard FROM (
    SELECT max(shard) AS shard FROM audit_event WHERE seq IS NULL AND shard < $1
    UNION ALL SELECT max(shard) FROM audit_event WHERE seq IS NOT NULL AND shard < $1) AS found`,
);

/** The last shard before this one that records are in; undefined for none. */
export async function shardBefore(database: Pick<Database, 'read'>, shard: string): Promise<string | undefined> {
  return database.read({ kind: 'job', job: 'audit-shard' }, (reader) =>
    reader.queryOne(findPrevious, [shard], (row) => row.optionalText('shard')),
  );
}

/**
 * The shard that takes new records: the last one that records are in, else that of the time given. Whether its time is over is
 * another question: ending it is an act of its own, which clients can follow.
 */
export async function currentShard(database: Pick<Database, 'read'>, nowMs: number): Promise<string> {
  const stored = await database.read({ kind: 'job', job: 'audit-shard' }, (reader) =>
    reader.queryOne(findShard, [], (row) => row.optionalText('shard')),
  );
  return stored ?? shardOf(nowMs);
}

const SHARD = /^(\d{4}h[12])(?:-(\d))?$/;
const MAX_LOGS_OF_A_HALF = 9;

/**
 * Name of the log that follows a log which ends now: that of the half-year when it has begun since, else the same half-year's
 * next one, such as "2026h2-2". @throws UsageError `audit/shard` on a name of another form, or after the ninth of a half-year.
 */
export function nextShard(shard: string, nowMs: number): string {
  const [, half, count = '1'] = SHARD.exec(shard) ?? [];
  if (half === undefined) throw new UsageError('audit/shard', 'not the name of a log');
  const now = shardOf(nowMs);
  if (now > half) return now;
  // Names of later logs sort after those of earlier ones.
  if (Number(count) >= MAX_LOGS_OF_A_HALF) throw new UsageError('audit/shard', 'too many logs in one half-year');
  return `${half}-${Number(count) + 1}`;
}

/** Whether the half-year of a log is over. Names of another form are of a test, and never over. */
export function isTurnDue(shard: string, nowMs: number): boolean {
  const [, half] = SHARD.exec(shard) ?? [];
  return half !== undefined && shardOf(nowMs) > half;
}

/** Whether two logs begin in the same half-year. */
export function isOneHalf(one: string, other: string): boolean {
  return SHARD.exec(one)?.[1] === SHARD.exec(other)?.[1];
}

const MAX_HALVES = 40; // twenty years: a clock that is further off is wrong

/** Every name that a log after this one may have had by now, the earliest first. None for a name of another form. */
export function laterShards(shard: string, nowMs: number): readonly string[] {
  const [, half] = SHARD.exec(shard) ?? [];
  if (half === undefined) return [];
  const names: string[] = [];
  let [year = 0, part = 0] = half.split('h').map(Number);
  const last = shardOf(nowMs);
  for (let count = 0; count < MAX_HALVES && `${year}h${part}` <= last; count++) {
    for (let n = 1; n <= MAX_LOGS_OF_A_HALF; n++) names.push(n === 1 ? `${year}h${part}` : `${year}h${part}-${n}`);
    [year, part] = part === 1 ? [year, 2] : [year + 1, 1];
  }
  return names.filter((name) => name > shard);
}
