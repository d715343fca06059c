import { type ActId, idBytes, isRogatoryError, RefusedError } from '@rogatory/kernel';
import {
  auditEvents,
  type AuditGroup,
  decodeAuditLeaf,
  lastingEvents,
  parseLocalHours,
  zoneOffsets,
} from '@rogatory/protocol';
import { prepared, type Reader, type RowReader, type SqlValue, type Writer } from '@rogatory/platform-database';
import type {
  AuditRecordReader,
  AuditRecordWriter,
  RecordQuery,
  StoredLeaf,
} from '../application/audit-record.store.js';
import { counterReused, duplicateAct, logEnded } from '../domain/audit.errors.js';
import type { AuditScope, RecordFilter } from '../domain/record-filter.js';
import { auditGroups, type NewRecord, type StoredRecord } from '../domain/stored-record.js';

type Column = readonly [name: string, type: string, value: (record: NewRecord) => SqlValue];

const eventColumns: readonly Column[] = [
  ['id', 'uuid', (record) => record.id],
  ['shard', 'text', (record) => record.shard],
  ['leaf', 'bytea', (record) => record.leaf],
  ['t', 'bigint', (record) => record.timeMs],
  ['ev', 'text', (record) => record.event],
  ['cls', 'text', (record) => record.class],
  ['out', 'text', (record) => record.outcome],
  ['ms', 'text', (record) => record.state],
  ['actor_person', 'uuid', (record) => record.actorPerson ?? null],
  ['actor_device', 'uuid', (record) => record.actorDevice ?? null],
  ['actor_authority', 'uuid', (record) => record.actorAuthority ?? null],
  ['owner_authority', 'uuid', (record) => record.ownerAuthority ?? null],
  ['case_id', 'bytea', (record) => optionalBytes(record.caseId)],
  ['compartment_id', 'bytea', (record) => optionalBytes(record.compartmentId)],
  ['object_id', 'uuid', (record) => record.objectId ?? null],
  ['legal_basis', 'smallint', (record) => record.legalBasis ?? null],
  ['act_counter', 'bigint', (record) => record.actCounter ?? null],
];
const openingColumns: readonly Column[] = auditGroups.map((group) => [
  group,
  'bytea',
  (record) => record.openings[group] ?? null,
]);
const columns = [...eventColumns, ...openingColumns];

/** One statement for one record or a thousand, so that it is parsed and planned once. */
const addRecords = prepared('audit/add-records', addStatement());

function addStatement(): string {
  const names = (list: readonly Column[]) => list.map(([name]) => `"${name}"`).join(', ');
  const arrays = columns.map(([, type], place) => `$${place + 1}::${type}[]`).join(', ');
  return `WITH given AS (SELECT * FROM unnest(${arrays}) AS given (${names(columns)})),
    added AS (INSERT INTO audit_event (${names(eventColumns)}) SELECT ${names(eventColumns)} FROM given)
    INSERT INTO audit_opening (event_id, ${names(openingColumns)}) SELECT id, ${names(openingColumns)} FROM given`;
}

// What says of the log itself what was erased from it, or which log it follows, names nobody and is open to every auditor.
export const visible = `(e.actor_authority = ANY($1::uuid[]) OR e.owner_authority = ANY($1::uuid[])
  OR e.ev IN (${lastingEvents.map((event) => `'${event}'`).join(', ')}))`;
export const selectRecords = `SELECT e.id::text AS id, e.shard, e.leaf, e.t, e.seq, o.who, o.what, o.why, o.src, o.act
  FROM audit_event e LEFT JOIN audit_opening o ON o.event_id = e.id AND ${visible}`;
const findRecord = prepared('audit/find-record', `${selectRecords} WHERE e.id = $2`);
const findLeaf = prepared('audit/find-leaf', 'SELECT shard, leaf, t, seq FROM audit_event WHERE id = $1');
const findBareLeaf = prepared(
  'audit/find-bare-leaf',
  'SELECT shard, leaf, t, seq FROM audit_event WHERE id = $1 AND actor_device IS NULL',
);
const sequencedBelow = prepared(
  'audit/sequenced-below',
  'SELECT id::text AS id FROM audit_event WHERE id = ANY($1::uuid[]) AND shard = $3 AND seq < $2',
);
const countPending = prepared(
  'audit/count-pending',
  'SELECT count(*) AS pending FROM (SELECT FROM audit_event WHERE shard = $1 AND seq IS NULL LIMIT $2) AS waiting',
);

const timeBounds = prepared('audit/time-bounds', 'SELECT b.first, b.beyond FROM audit_time_bounds($1, $2, $3) b');

const pendingSince = prepared(
  'audit/pending-since',
  'SELECT min(t) AS since FROM audit_event WHERE shard = $1 AND seq IS NULL',
);

/** Conditions on what stands in the leaf, open to every auditor. */
const leafConditions: readonly (readonly [keyof RecordFilter, string])[] = [
  ['fromMs', 'e.t >= ?'],
  ['beforeMs', 'e.t < ?'],
  ['event', 'e.ev = ?'],
  ['class', 'e.ev = ANY(?::text[])'], // a record's class is that of its event, which has an index
  ['outcome', 'e.out = ?'],
  ['firstIndex', 'e.seq >= ?'],
  ['lastIndex', 'e.seq <= ?'],
];
/** Conditions on committed facts: whoever may not see a fact may not search by it either. */
const factConditions: readonly (readonly [keyof RecordFilter, string])[] = [
  ['person', 'e.actor_person = ?'],
  ['device', 'e.actor_device = ?'],
  ['authority', 'e.actor_authority = ?'],
  ['ownerAuthority', 'e.owner_authority = ?'],
  ['caseId', 'e.case_id = ?'],
  ['object', 'e.object_id = ?'],
  ['legalBasis', 'e.legal_basis = ?'],
];

export class SqlAuditRecordStore implements AuditRecordWriter, AuditRecordReader {
  readonly #shard: string;

  constructor(shard: string) {
    this.#shard = shard;
  }

  async add(writer: Writer, records: readonly NewRecord[]): Promise<void> {
    const arrays = columns.map(([, , value]) => records.map(value));
    try {
      await writer.execute(addRecords, arrays);
    } catch (error) {
      throw conflictOf(error);
    }
  }

  async list(reader: Reader, query: RecordQuery): Promise<readonly StoredRecord[]> {
    const params: SqlValue[] = [[...query.scope.authorities], query.shard];
    const conditions = ['e.shard = $2', 'e.seq IS NOT NULL'];
    const add = (condition: string, value: SqlValue) => {
      params.push(value);
      conditions.push(condition.replace('?', `$${params.length}`));
    };
    for (const [key, condition] of leafConditions) addCondition(query.filter, key, condition, add);
    for (const [condition, index] of await timeConditions(reader, query)) add(condition, index);
    const hours = hoursCondition(query.filter);
    if (hours !== undefined) conditions.push(hours);
    const before = conditions.length;
    for (const [key, condition] of factConditions) addCondition(query.filter, key, condition, add);
    if (conditions.length > before) conditions.push(visible);
    if (query.page.beforeIndex !== undefined) add('e.seq < ?', query.page.beforeIndex);
    params.push(query.page.first);
    const text = `${selectRecords} WHERE ${conditions.join(' AND ')} ORDER BY e.seq DESC LIMIT $${params.length}`;
    return reader.queryRows(text, params, readRecord);
  }

  async find(reader: Reader, id: ActId, scope: AuditScope): Promise<StoredRecord | undefined> {
    return reader.queryOne(findRecord, [[...scope.authorities], id], readRecord);
  }

  async findLeaf(reader: Reader, id: ActId): Promise<StoredLeaf | undefined> {
    return reader.queryOne(findLeaf, [id], readLeaf);
  }

  async findBareLeaf(reader: Reader, id: ActId): Promise<StoredLeaf | undefined> {
    const found = await reader.queryOne(findBareLeaf, [id], readLeaf);
    // The service's own records have no device either, and no act.
    return found !== undefined && decodeAuditLeaf(found.leaf).com.act !== undefined ? found : undefined;
  }

  async sequencedBelow(reader: Reader, ids: readonly ActId[], size: number): Promise<readonly ActId[]> {
    return reader.queryRows(sequencedBelow, [[...ids], size, this.#shard], readId);
  }

  async countPending(reader: Reader, most: number): Promise<number> {
    const count = await reader.queryOne(countPending, [this.#shard, most], (row) => row.integer('pending'));
    return count ?? 0;
  }

  async pendingSinceMs(reader: Reader): Promise<number | undefined> {
    return reader.queryOne(pendingSince, [this.#shard], (row) => row.optionalInteger('since'));
  }
}

/** Where in the log a span of time lies: pages are gone through by index, and would else pass everything before it. */
async function timeConditions(
  reader: Reader,
  { shard, filter: { fromMs, beforeMs } }: RecordQuery,
): Promise<readonly (readonly [condition: string, index: number])[]> {
  if (fromMs === undefined && beforeMs === undefined) return [];
  const span = [shard, fromMs ?? 0, beforeMs ?? Number.MAX_SAFE_INTEGER];
  const bounds = await reader.queryOne(timeBounds, span, (row) => ({
    first: row.integer('first'),
    beyond: row.integer('beyond'),
  }));
  if (bounds === undefined) return [];
  return [['e.seq >= ?', bounds.first], ...(beforeMs === undefined ? [] : [['e.seq < ?', bounds.beyond] as const])];
}

function addCondition(
  filter: RecordFilter,
  key: keyof RecordFilter,
  condition: string,
  add: (condition: string, value: SqlValue) => void,
): void {
  const value = filter[key];
  if (value !== undefined) add(condition, parameterOf(key, value));
}

function parameterOf(key: keyof RecordFilter, value: NonNullable<RecordFilter[keyof RecordFilter]>): SqlValue {
  if (key === 'caseId') return idBytes(String(value));
  return key === 'class' ? codesOf(String(value)) : value;
}

/** Codes of the events of one class. */
function codesOf(cls: string): readonly string[] {
  return Object.entries(auditEvents).flatMap(([code, event]) => (event.class === cls ? [code] : []));
}

function readLeaf(row: RowReader): StoredLeaf {
  const index = row.optionalInteger('seq');
  return { shard: row.text('shard'), leaf: row.bytes('leaf'), timeMs: row.integer('t'), index };
}

/** No log is older, and none is read whose records lie further ahead. */
const FIRST_YEAR_MS = Date.UTC(2025, 0, 1);
const LAST_YEAR_MS = Date.UTC(2040, 0, 1);

/**
 * Hours and days as whole numbers over the record's time: the offsets of the zone come from this program, so that both
 * engines and every client decide alike. Nothing of the caller's stands in the text but numbers that were computed.
 */
function hoursCondition(filter: RecordFilter): string | undefined {
  const hours = parseLocalHours(filter);
  if (hours === undefined) return undefined;
  const fromMs = Math.min(Math.max(filter.fromMs ?? 0, FIRST_YEAR_MS), LAST_YEAR_MS);
  const beforeMs = Math.min(Math.max(filter.beforeMs ?? LAST_YEAR_MS, fromMs), LAST_YEAR_MS);
  const [first, ...changes] = zoneOffsets(hours.zone, fromMs, beforeMs);
  const later = changes.toReversed().map(({ fromMs: at, offsetMs }) => `WHEN e.t >= ${at} THEN ${offsetMs}`);
  const offset =
    later.length === 0 ? `${first?.offsetMs ?? 0}` : `CASE ${later.join(' ')} ELSE ${first?.offsetMs ?? 0} END`;
  const local = `(e.t + ${offset})`;
  const minute = `(${local} / 60000) % 1440`;
  const { fromMinute, beforeMinute } = hours;
  const joined = fromMinute < beforeMinute ? 'AND' : 'OR';
  const span =
    fromMinute === beforeMinute ? 'true' : `(${minute} >= ${fromMinute} ${joined} ${minute} < ${beforeMinute})`;
  return `((${local} / 86400000 + 3) % 7 + 1) IN (${hours.days.join(', ')}) AND ${span}`;
}

function readId(row: RowReader): ActId {
  return row.text('id').replaceAll('-', '') as ActId;
}

export function readRecord(row: RowReader): StoredRecord {
  const openings: { [Group in AuditGroup]?: Uint8Array } = {};
  for (const group of auditGroups) {
    const sealed = row.optionalBytes(group);
    if (sealed !== undefined) openings[group] = sealed;
  }
  const index = row.optionalInteger('seq');
  return {
    id: readId(row),
    shard: row.text('shard'),
    leaf: row.bytes('leaf'),
    timeMs: row.integer('t'),
    index,
    openings,
  };
}

function optionalBytes(id: string | undefined): Uint8Array | null {
  return id === undefined ? null : idBytes(id);
}

function conflictOf(error: unknown): unknown {
  if (isRogatoryError(error) && error.details['constraint'] === 'audit_shard_open') return logEnded(error);
  if (!(error instanceof RefusedError) || error.code !== 'database/conflict') return error;
  const { constraint } = error.details;
  if (constraint === 'audit_event_pkey' || constraint === 'audit_opening_pkey') return duplicateAct();
  return constraint === 'audit_event_counter' ? counterReused() : error;
}
