import type { ActId } from '@rogatory/kernel';
import type { AuditGroup } from '@rogatory/protocol';
import { prepared, type Reader, type RowReader } from '@rogatory/platform-database';
import type { ExportSource, RangeRecord, RecordRange } from '../application/export/export-source.js';
import { auditGroups } from '../domain/stored-record.js';

const readRange = prepared(
  'audit/read-range',
  `SELECT e.id::text AS id, e.shard, e.leaf, e.t, e.seq, s.open, o.who, o.what, o.why, o.src, o.act
   FROM audit_event e
   CROSS JOIN LATERAL (SELECT coalesce(e.actor_authority = ANY($1::uuid[]), false)
     OR coalesce(e.owner_authority = ANY($1::uuid[]), false) AS open) s
   LEFT JOIN audit_opening o ON o.event_id = e.id AND s.open
   WHERE e.shard = $2 AND e.seq >= $3 AND e.seq < $3::bigint + $4 ORDER BY e.seq`,
);

/** Ranges of the records of one log. */
export class SqlExportSource implements ExportSource {
  readonly #shard: string;

  constructor(shard: string) {
    this.#shard = shard;
  }

  range(reader: Reader, { first, limit, scope }: RecordRange): Promise<readonly RangeRecord[]> {
    return reader.queryRows(readRange, [[...scope.authorities], this.#shard, first, limit], readRecord);
  }
}

function readRecord(row: RowReader): RangeRecord {
  const openings: { [Group in AuditGroup]?: Uint8Array } = {};
  for (const group of auditGroups) {
    const sealed = row.optionalBytes(group);
    if (sealed !== undefined) openings[group] = sealed;
  }
  return {
    id: row.text('id').replaceAll('-', '') as ActId,
    shard: row.text('shard'),
    leaf: row.bytes('leaf'),
    timeMs: row.integer('t'),
    index: row.integer('seq'),
    isInScope: row.boolean('open'),
    openings,
  };
}
