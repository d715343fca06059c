import { prepared, type Database } from '@rogatory/platform-database';

const findShard = prepared('audit/shard', 'SELECT shard FROM audit_event LIMIT 1');

/** Name of the half-year in which a log begins, such as "2026h2". */
function shardOf(timeMs: number): string {
  const date = new Date(timeMs);
  return `${date.getUTCFullYear()}h${date.getUTCMonth() < 6 ? 1 : 2}`;
}

/**
 * The shard that takes new records: the one that the stored records are in, else that of the time given. Closing a log
 * and opening the next is an act of its own, which clients can follow; a start in another half-year is none, and must not
 * look to their pins like another server.
 */
export async function currentShard(database: Pick<Database, 'read'>, nowMs: number): Promise<string> {
  const stored = await database.read({ kind: 'job', job: 'audit-shard' }, (reader) =>
    reader.queryOne(findShard, [], (row) => row.text('shard')),
  );
  return stored ?? shardOf(nowMs);
}
