import type { ActId } from '@rogatory/kernel';
import { logEndings } from '@rogatory/protocol';
import { prepared, type Reader, type RowReader, type Writer } from '@rogatory/platform-database';
import type { LogWordEvent, ShardEnd, ShardStore, StoredWord } from '../application/shard.store.js';

const columns = 'shard, next_shard, reason, t, note';
const findEnd = prepared('audit/shard-end', `SELECT ${columns} FROM audit_shard_end WHERE shard = $1`);
const findEnds = prepared('audit/shard-ends', `SELECT ${columns} FROM audit_shard_end ORDER BY shard`);
// Alone, and in a statement before the one that marks the end: see the trigger that guards it.
const lock = prepared(
  'audit/shard-end-lock',
  `SELECT pg_advisory_xact_lock(hashtextextended('audit-shard-end', 0)) IS NULL AS waited`,
);
const addEnd = prepared(
  'audit/end-shard',
  `INSERT INTO audit_shard_end (${columns}) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (shard) DO NOTHING`,
);
const hasEvent = {
  'log.genesis': prepared(
    'audit/shard-genesis',
    `SELECT EXISTS (SELECT FROM audit_event WHERE shard = $1 AND ev = 'log.genesis') AS found`,
  ),
  'log.shard.close': prepared(
    'audit/shard-close',
    `SELECT EXISTS (SELECT FROM audit_event WHERE shard = $1 AND ev = 'log.shard.close') AS found`,
  ),
} as const;

const word = (event: LogWordEvent) => `SELECT e.id::text AS id, e.leaf, e.seq, o.what FROM audit_event e
  LEFT JOIN audit_opening o ON o.event_id = e.id WHERE e.shard = $1 AND e.ev = '${event}'`;
const findWord = {
  'log.genesis': prepared('audit/shard-genesis-word', word('log.genesis')),
  'log.shard.close': prepared('audit/shard-close-word', word('log.shard.close')),
} as const;

export class SqlShardStore implements ShardStore {
  async endOf(reader: Reader, shard: string): Promise<ShardEnd | undefined> {
    return reader.queryOne(findEnd, [shard], readEnd);
  }

  async ends(reader: Reader): Promise<readonly ShardEnd[]> {
    return reader.queryRows(findEnds, [], readEnd);
  }

  async end(writer: Writer, { shard, nextShard, reason, timeMs, note }: ShardEnd): Promise<void> {
    await writer.queryOne(lock, [], (row) => row.boolean('waited'));
    await writer.execute(addEnd, [shard, nextShard, reason, timeMs, note ?? null]);
  }

  async word(reader: Reader, shard: string, event: LogWordEvent): Promise<StoredWord | undefined> {
    return reader.queryOne(findWord[event], [shard], (row) => ({
      id: row.text('id').replaceAll('-', '') as ActId,
      ...{ leaf: row.bytes('leaf'), index: row.optionalInteger('seq'), sealedWhat: row.optionalBytes('what') },
    }));
  }

  async has(reader: Reader, shard: string, event: LogWordEvent): Promise<boolean> {
    return (await reader.queryOne(hasEvent[event], [shard], (row) => row.boolean('found'))) === true;
  }
}

function readEnd(row: RowReader): ShardEnd {
  const reason = logEndings.find((known) => known === row.text('reason')) ?? 'abandoned';
  return {
    ...{ shard: row.text('shard'), nextShard: row.text('next_shard'), reason, timeMs: row.integer('t') },
    note: row.optionalBytes('note'),
  };
}
