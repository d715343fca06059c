import { type ActId, type AuthorityId, type CaseId, idFromBytes } from '@rogatory/kernel';
import { decodeEpochSubject, type EpochEntry, type EpochSubject, encodeEpochSubject } from '@rogatory/protocol';
import { prepared, type Reader, type RowReader, type SqlValue, type Writer } from '@rogatory/platform-database';
import type { CountStep, EpochRecord, EpochStore, NewEpoch, StoredEpoch } from '../application/epochs/epoch.store.js';
import type { CountedRecord } from '../application/epochs/epoch-counting.js';

const lock = prepared(
  'audit/epoch-lock',
  "SELECT pg_try_advisory_xact_lock(hashtextextended('audit-epoch ' || $1, 0)) AS locked",
);
const findCounted = prepared('audit/counted', 'SELECT counted FROM audit_count WHERE shard = $1');
const takeRecords = prepared(
  'audit/records-to-count',
  `SELECT seq, leaf, t, case_id, actor_authority::text AS actor, owner_authority::text AS owner
  FROM audit_event WHERE shard = $1 AND seq >= $2 AND seq < $2::bigint + $3 ORDER BY seq`,
);
const findCounts = prepared(
  'audit/counts',
  'SELECT subject, count, last, digest FROM audit_count_subject WHERE shard = $1 AND subject = ANY($2::bytea[])',
);
// Whoever finds the count moved changes nothing: the subjects hang on the move.
const advance = prepared(
  'audit/advance-count',
  `WITH moved AS (
      INSERT INTO audit_count (shard, counted) SELECT $1, $3 WHERE $2::bigint = 0
        OR EXISTS (SELECT FROM audit_count WHERE shard = $1)
      ON CONFLICT (shard) DO UPDATE SET counted = excluded.counted WHERE audit_count.counted = $2
      RETURNING 1),
    kept AS (
      INSERT INTO audit_count_subject (shard, subject, count, last, digest)
      SELECT $1, given.subject, given.count, given.last, given.digest
      FROM moved, unnest($4::bytea[], $5::bigint[], $6::bigint[], $7::bytea[]) AS given (subject, count, last, digest)
      ON CONFLICT (shard, subject) DO UPDATE
        SET count = excluded.count, last = excluded.last, digest = excluded.digest
      RETURNING 1)
  SELECT (SELECT count(*) FROM moved) AS moved, (SELECT count(*) FROM kept) AS kept`,
);
const admit = prepared(
  'audit/admit-subjects',
  `WITH room AS (
      SELECT count(*) + cardinality($2::bytea[]) <= $3 AS suffices FROM audit_count_subject
      WHERE shard = $1 AND count = 0),
    kept AS (
      INSERT INTO audit_count_subject (shard, subject, count, last, digest)
      SELECT $1, given.subject, 0, 0, decode(repeat('00', 32), 'hex')
      FROM room, unnest($2::bytea[]) AS given (subject) WHERE room.suffices
      ON CONFLICT DO NOTHING)
  SELECT suffices FROM room`,
);
const forgetAbsent = prepared(
  'audit/forget-absent-subjects',
  'DELETE FROM audit_count_subject WHERE shard = $1 AND count = 0 AND NOT subject = ANY($2::bytea[])',
);
// The last sixteen bytes of a subject are its authority, unless it is a compartment.
const findAuthorities = prepared(
  'audit/counted-authorities',
  `SELECT DISTINCT substring(subject FROM 34 FOR 16) AS authority FROM audit_count_subject
  WHERE get_byte(subject, 0) <> 4 ORDER BY 1 LIMIT $1`,
);
const allCounts = prepared(
  'audit/all-counts',
  'SELECT subject, count, last, digest FROM audit_count_subject WHERE shard = $1 ORDER BY subject LIMIT $2',
);
const keepHeads = prepared(
  'audit/keep-heads',
  `INSERT INTO audit_count_subject (shard, subject, count, last, digest)
  SELECT $1, given.subject, given.count, given.last, given.digest
  FROM unnest($2::bytea[], $3::bigint[], $4::bigint[], $5::bytea[]) AS given (subject, count, last, digest)
  ON CONFLICT (shard, subject) DO UPDATE
    SET count = excluded.count, last = excluded.last, digest = excluded.digest`,
);
const closeEpoch = prepared(
  'audit/close-epoch',
  `WITH forgotten AS (UPDATE audit_epoch SET secret = NULL WHERE shard = $1 AND secret IS NOT NULL),
    taken AS (
      UPDATE audit_count_subject SET epoch_count = count, epoch_last = last, epoch_digest = digest
      WHERE shard = $1
        AND (epoch_count IS NULL OR epoch_count <> count OR epoch_last <> last OR epoch_digest <> digest))
  INSERT INTO audit_epoch (shard, number, size, t, root, entries, record_id, secret)
  SELECT $1, $2, $3, $4, $5, $6, $7, $8
  WHERE (SELECT count(*) FROM audit_count_subject WHERE shard = $1) = $6::bigint`,
);
const epochColumns = 'number, size, t, root, entries, record_id::text AS record_id, secret';
const findLatest = prepared(
  'audit/latest-epoch',
  `SELECT ${epochColumns} FROM audit_epoch WHERE shard = $1 ORDER BY number DESC LIMIT 1`,
);
const listEpochs = prepared(
  'audit/list-epochs',
  `SELECT ${epochColumns} FROM audit_epoch WHERE shard = $1 AND number < $2 ORDER BY number DESC LIMIT $3`,
);
const findRecord = prepared(
  'audit/epoch-record',
  `SELECT e.leaf, e.seq, e.t, o.what FROM audit_event e LEFT JOIN audit_opening o ON o.event_id = e.id
  WHERE e.id = $1 AND e.ev = 'log.epoch'`,
);
const findEntries = prepared(
  'audit/epoch-entries',
  `SELECT subject, epoch_count AS count, epoch_last AS last, epoch_digest AS digest FROM audit_count_subject
  WHERE shard = $1 AND epoch_count IS NOT NULL ORDER BY subject LIMIT $2`,
);

export class SqlEpochStore implements EpochStore {
  readonly #shard: string;

  constructor(shard: string) {
    this.#shard = shard;
  }

  async lock(writer: Writer): Promise<boolean> {
    return (await writer.queryOne(lock, [this.#shard], (row) => row.boolean('locked'))) === true;
  }

  async counted(reader: Reader): Promise<number> {
    return (await reader.queryOne(findCounted, [this.#shard], (row) => row.integer('counted'))) ?? 0;
  }

  async records(reader: Reader, first: number, limit: number): Promise<readonly CountedRecord[]> {
    return reader.queryRows(takeRecords, [this.#shard, first, limit], readCounted);
  }

  async counts(reader: Reader, subjects: readonly EpochSubject[]): Promise<readonly EpochEntry[]> {
    return reader.queryRows(findCounts, [this.#shard, subjects.map(encodeEpochSubject)], readEntry);
  }

  async advance(writer: Writer, { from, to, entries }: CountStep): Promise<boolean> {
    const done = await writer.queryOne(advance, [this.#shard, from, to, ...arraysOf(entries)], (row) => ({
      moved: row.integer('moved'),
      kept: row.integer('kept'),
    }));
    return done?.moved === 1 && done.kept === entries.length;
  }

  async admit(writer: Writer, subjects: readonly EpochSubject[], limit: number): Promise<boolean> {
    const given = [this.#shard, subjects.map(encodeEpochSubject), limit];
    return (await writer.queryOne(admit, given, (row) => row.boolean('suffices'))) === true;
  }

  async forgetAbsent(writer: Writer, keep: readonly EpochSubject[]): Promise<void> {
    await writer.execute(forgetAbsent, [this.#shard, keep.map(encodeEpochSubject)]);
  }

  async authorities(reader: Reader, limit: number): Promise<readonly AuthorityId[]> {
    return reader.queryRows(findAuthorities, [limit], (row) => idFromBytes<AuthorityId>(row.bytes('authority')));
  }

  async allCounts(reader: Reader, limit: number): Promise<readonly EpochEntry[]> {
    return reader.queryRows(allCounts, [this.#shard, limit], readEntry);
  }

  async keepHeads(writer: Writer, heads: readonly EpochEntry[]): Promise<void> {
    if (heads.length > 0) await writer.execute(keepHeads, [this.#shard, ...arraysOf(heads)]);
  }

  async close(writer: Writer, epoch: NewEpoch): Promise<boolean> {
    const { number, size, timeMs, root, entries, recordId, secret } = epoch;
    const stored = await writer.execute(closeEpoch, [
      this.#shard,
      number,
      size,
      timeMs,
      root,
      entries,
      recordId,
      secret,
    ]);
    return stored === 1;
  }

  async latest(reader: Reader): Promise<StoredEpoch | undefined> {
    return reader.queryOne(findLatest, [this.#shard], readEpoch);
  }

  async list(
    reader: Reader,
    { first, below = Number.MAX_SAFE_INTEGER }: { readonly first: number; readonly below?: number },
  ): Promise<readonly StoredEpoch[]> {
    return reader.queryRows(listEpochs, [this.#shard, below, first], readEpoch);
  }

  async record(reader: Reader, { recordId }: StoredEpoch): Promise<EpochRecord | undefined> {
    return reader.queryOne(findRecord, [recordId], (row) => ({
      leaf: row.bytes('leaf'),
      index: row.optionalInteger('seq'),
      timeMs: row.integer('t'),
      sealedWhat: row.optionalBytes('what'),
    }));
  }

  async entries(reader: Reader, limit: number): Promise<readonly EpochEntry[]> {
    return reader.queryRows(findEntries, [this.#shard, limit], readEntry);
  }
}

function arraysOf(entries: readonly EpochEntry[]): SqlValue[] {
  return [
    entries.map(({ subject }) => encodeEpochSubject(subject)),
    entries.map(({ count }) => count),
    entries.map(({ lastIndex }) => lastIndex),
    entries.map(({ digest }) => digest),
  ];
}

function readCounted(row: RowReader): CountedRecord {
  const caseBytes = row.optionalBytes('case_id');
  return {
    index: row.integer('seq'),
    leaf: row.bytes('leaf'),
    timeMs: row.integer('t'),
    caseId: caseBytes && idFromBytes<CaseId>(caseBytes),
    actorAuthority: idOf<AuthorityId>(row.optionalText('actor')),
    ownerAuthority: idOf<AuthorityId>(row.optionalText('owner')),
  };
}

function idOf<Id extends string>(text: string | undefined): Id | undefined {
  return text?.replaceAll('-', '') as Id | undefined;
}

function readEntry(row: RowReader): EpochEntry {
  return {
    subject: decodeEpochSubject(row.bytes('subject')),
    count: row.integer('count'),
    lastIndex: row.integer('last'),
    digest: row.bytes('digest'),
  };
}

function readEpoch(row: RowReader): StoredEpoch {
  return {
    number: row.integer('number'),
    size: row.integer('size'),
    entries: row.integer('entries'),
    root: row.bytes('root'),
    timeMs: row.integer('t'),
    recordId: row.text('record_id').replaceAll('-', '') as ActId,
    secret: row.optionalBytes('secret'),
  };
}
