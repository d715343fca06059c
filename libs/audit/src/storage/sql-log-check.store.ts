import type { AuditGroup } from '@rogatory/protocol';
import { prepared, type Reader, type RowReader } from '@rogatory/platform-database';
import { type ActId, limits, toHex } from '@rogatory/kernel';
import { explainingEvents } from '../application/check/explained-gaps.js';
import type {
  CheckedRecord,
  CheckpointRange,
  ExplainingRecord,
  LogCheckStore,
} from '../application/check/log-check.store.js';
import type { StoredCheckpoint } from '../application/log/log-tree.store.js';
import { auditGroups } from '../domain/stored-record.js';

type Read = (row: RowReader, column: string) => string | number | undefined;

const id: Read = (row, column) => row.optionalText(column)?.replaceAll('-', '');
const text: Read = (row, column) => row.text(column);
const whole: Read = (row, column) => row.optionalInteger(column);
const bytes: Read = (row, column) => hexOf(row.optionalBytes(column));

/** Every column of a record but its leaf and its place. */
const columns: readonly (readonly [name: string, expression: string, read: Read])[] = [
  ['id', 'e.id::text', id],
  ['t', 'e.t', whole],
  ['ev', 'e.ev', text],
  ['cls', 'e.cls', text],
  ['out', 'e.out', text],
  ['ms', 'e.ms', text],
  ['actor_person', 'e.actor_person::text', id],
  ['actor_device', 'e.actor_device::text', id],
  ['actor_authority', 'e.actor_authority::text', id],
  ['owner_authority', 'e.owner_authority::text', id],
  ['case_id', 'e.case_id', bytes],
  ['compartment_id', 'e.compartment_id', bytes],
  ['object_id', 'e.object_id::text', id],
  ['legal_basis', 'e.legal_basis', whole],
  ['act_counter', 'e.act_counter', whole],
];

const selected = columns.map(([name, expression]) => `${expression} AS "${name}"`).join(', ');
const readRecords = prepared(
  'audit/check-records',
  `SELECT e.seq, e.leaf, ${selected}, o.who, o.what, o.why, o.src, o.act
   FROM audit_event e LEFT JOIN audit_opening o ON o.event_id = e.id
   WHERE e.shard = $1 AND e.seq >= $2 AND e.seq < $2::bigint + $3 ORDER BY e.seq`,
);
const readBeyond = prepared(
  'audit/check-beyond',
  `SELECT e.seq, e.id::text AS id FROM audit_event e
   WHERE e.shard = $1 AND e.seq >= coalesce((SELECT size FROM tlog_head WHERE origin = $2), 0) ORDER BY e.seq LIMIT $3`,
);
// What becomes of records of a log that ended is recorded in a later one, which names it.
const readExplaining = prepared(
  'audit/check-explaining',
  `SELECT e.id::text AS id, e.ev, e.t, o.what FROM audit_event e JOIN audit_opening o ON o.event_id = e.id
   WHERE e.shard >= $1 AND e.ev = ANY($2::text[]) LIMIT $3`,
);
const readCheckpoints = prepared(
  'tlog/check-checkpoints',
  'SELECT size, note, t FROM tlog_checkpoint WHERE origin = $1 AND size > $2 AND size <= $3 ORDER BY size',
);

/** Reads of a shard for its check. */
export class SqlLogCheckStore implements LogCheckStore {
  readonly #shard: string;

  constructor(shard: string) {
    this.#shard = shard;
  }

  async records(reader: Reader, first: number, count: number): Promise<readonly CheckedRecord[]> {
    return reader.queryRows(readRecords, [this.#shard, first, count], readRecord);
  }

  async beyondHead(reader: Reader, origin: string) {
    return reader.queryRows(readBeyond, [this.#shard, origin, limits.logCheckFindings], (row) => ({
      index: row.integer('seq'),
      recordId: row.text('id').replaceAll('-', ''),
    }));
  }

  async explaining(reader: Reader): Promise<readonly ExplainingRecord[]> {
    const params = [this.#shard, [...explainingEvents], limits.logCheckExplanations];
    return reader.queryRows(readExplaining, params, (row) => {
      const what = row.optionalBytes('what');
      return {
        ...{ id: row.text('id').replaceAll('-', '') as ActId, event: row.text('ev'), timeMs: row.integer('t') },
        openings: what === undefined ? {} : { what },
      };
    });
  }

  async checkpoints(reader: Reader, range: CheckpointRange): Promise<readonly StoredCheckpoint[]> {
    return storedCheckpoints(reader, range);
  }
}

/** Stored checkpoints of any log, in order of their sizes. */
export async function storedCheckpoints(reader: Reader, range: CheckpointRange): Promise<readonly StoredCheckpoint[]> {
  return reader.queryRows(readCheckpoints, [range.origin, range.after, range.upTo], (row) => ({
    size: row.integer('size'),
    note: row.bytes('note'),
    timeMs: row.integer('t'),
  }));
}

function readRecord(row: RowReader): CheckedRecord {
  const openings: { [Group in AuditGroup]?: Uint8Array } = {};
  for (const group of auditGroups) {
    const sealed = row.optionalBytes(group);
    if (sealed !== undefined) openings[group] = sealed;
  }
  return {
    index: row.integer('seq'),
    leaf: row.bytes('leaf'),
    columns: Object.fromEntries(columns.map(([name, , read]) => [name, read(row, name)])),
    openings,
  };
}

function hexOf(value: Uint8Array | undefined): string | undefined {
  return value === undefined ? undefined : toHex(value);
}
