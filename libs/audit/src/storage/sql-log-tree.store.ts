import { prepared, type Reader, type RowReader, type Writer } from '@rogatory/platform-database';
import type {
  LogTreeStore,
  StoredCheckpoint,
  StoredTile,
  TreeHead,
  TreeStep,
} from '../application/log/log-tree.store.js';

const lock = prepared('tlog/lock', 'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS locked');
const findHead = prepared('tlog/head', 'SELECT size, root FROM tlog_head WHERE origin = $1');
const moveHead = `INSERT INTO tlog_head (origin, size, root)
    SELECT $1, $4, $5 WHERE $2::bigint = 0 OR EXISTS (SELECT FROM tlog_head WHERE origin = $1)
    ON CONFLICT (origin) DO UPDATE SET size = excluded.size, root = excluded.root
      WHERE tlog_head.size = $2 AND tlog_head.root = $3
    RETURNING size`;
// A stored tile that is not the beginning of the new one is left as it is, and the count tells.
const advance = prepared(
  'tlog/advance',
  `WITH moved AS (${moveHead}),
    grown AS (
      INSERT INTO tlog_tile (origin, level, idx, width, data)
      SELECT $1, given.level, given.idx, given.width, given.data
      FROM moved, unnest($6::smallint[], $7::bigint[], $8::smallint[], $9::bytea[]) AS given (level, idx, width, data)
      ON CONFLICT (origin, level, idx) DO UPDATE SET width = excluded.width, data = excluded.data
        WHERE tlog_tile.width < excluded.width
          AND tlog_tile.data = substring(excluded.data FOR octet_length(tlog_tile.data))
      RETURNING 1)
  SELECT (SELECT count(*) FROM moved) AS heads, (SELECT count(*) FROM grown) AS tiles`,
);
const findTile = prepared(
  'tlog/tile',
  'SELECT level, idx, width, data FROM tlog_tile WHERE origin = $1 AND level = $2 AND idx = $3',
);
const findCheckpoint = prepared(
  'tlog/checkpoint',
  'SELECT size, note, t FROM tlog_checkpoint WHERE origin = $1 ORDER BY size DESC LIMIT 1',
);
const findCheckpointAt = prepared(
  'tlog/checkpoint-at',
  'SELECT size, note, t FROM tlog_checkpoint WHERE origin = $1 AND size = $2',
);
const saveCheckpoint = prepared(
  'tlog/save-checkpoint',
  `WITH last AS (SELECT max(t) AS t FROM tlog_checkpoint WHERE origin = $1 AND kept),
    dropped AS (DELETE FROM tlog_checkpoint WHERE origin = $1 AND size < $2 AND NOT kept)
  INSERT INTO tlog_checkpoint (origin, size, note, t, kept)
  SELECT $1, $2, $3, $4, coalesce($4 - last.t >= $5, true) FROM last
  ON CONFLICT (origin, size) DO UPDATE SET note = excluded.note`,
);
const findWitnessed = prepared('tlog/witnessed', 'SELECT size, note, t FROM tlog_witnessed WHERE origin = $1');
const saveWitnessed = prepared(
  'tlog/save-witnessed',
  `INSERT INTO tlog_witnessed (origin, size, note, t) VALUES ($1, $2, $3, $4)
  ON CONFLICT (origin) DO UPDATE SET size = excluded.size, note = excluded.note, t = excluded.t
    WHERE tlog_witnessed.size <= excluded.size`,
);

export class SqlLogTreeStore implements LogTreeStore {
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  async lock(writer: Writer): Promise<boolean> {
    return (await writer.queryOne(lock, [this.#origin], (row) => row.boolean('locked'))) === true;
  }

  async head(reader: Reader): Promise<TreeHead | undefined> {
    return reader.queryOne(findHead, [this.#origin], (row) => ({ size: row.integer('size'), root: row.bytes('root') }));
  }

  async advance(writer: Writer, { from, to, tiles }: TreeStep): Promise<boolean> {
    const done = await writer.queryOne(
      advance,
      [
        ...[this.#origin, from.size, from.root, to.size, to.root],
        tiles.map(({ level }) => level),
        tiles.map(({ index }) => index),
        tiles.map(({ width }) => width),
        tiles.map(({ hashes }) => hashes),
      ],
      (row) => ({ heads: row.integer('heads'), tiles: row.integer('tiles') }),
    );
    return done?.heads === 1 && done.tiles === tiles.length;
  }

  async tile(reader: Reader, level: number, index: number): Promise<StoredTile | undefined> {
    return reader.queryOne(findTile, [this.#origin, level, index], readTile);
  }

  async checkpoint(reader: Reader): Promise<StoredCheckpoint | undefined> {
    return reader.queryOne(findCheckpoint, [this.#origin], readCheckpoint);
  }

  async checkpointAt(reader: Reader, size: number): Promise<StoredCheckpoint | undefined> {
    return reader.queryOne(findCheckpointAt, [this.#origin, size], readCheckpoint);
  }

  async saveCheckpoint(writer: Writer, checkpoint: StoredCheckpoint, keepEveryMs: number): Promise<void> {
    const { size, note, timeMs } = checkpoint;
    await writer.execute(saveCheckpoint, [this.#origin, size, note, timeMs, keepEveryMs]);
  }

  async witnessed(reader: Reader): Promise<StoredCheckpoint | undefined> {
    return reader.queryOne(findWitnessed, [this.#origin], readCheckpoint);
  }

  async saveWitnessed(writer: Writer, { size, note, timeMs }: StoredCheckpoint): Promise<void> {
    await writer.execute(saveWitnessed, [this.#origin, size, note, timeMs]);
  }
}

function readTile(row: RowReader): StoredTile {
  return {
    level: row.integer('level'),
    index: row.integer('idx'),
    width: row.integer('width'),
    hashes: row.bytes('data'),
  };
}

function readCheckpoint(row: RowReader): StoredCheckpoint {
  return { size: row.integer('size'), note: row.bytes('note'), timeMs: row.integer('t') };
}
