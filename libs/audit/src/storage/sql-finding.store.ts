import type { ActId, AuthorityId } from '@rogatory/kernel';
import type { FindingId, FindingRule, FindingSeverity } from '@rogatory/findings';
import { prepared, type Reader, type RowReader, type SqlValue, type Writer } from '@rogatory/platform-database';
import type {
  FindingPlace,
  FindingProgress,
  FindingReader,
  FindingSearch,
  FindingWriter,
  JudgedFinding,
  NumberedRecord,
  StoredFinding,
  StoredVerdict,
} from '../application/findings/finding.store.js';

const groups = ['who', 'what', 'why', 'act'] as const;

// The newest order on a record counts; one without a purpose released it. SPEC: retention 4
const isRestricted = `coalesce((SELECT r.purpose IS NOT NULL FROM audit_restriction r
  JOIN audit_order_execution x ON x.order_id = r.order_id
  WHERE r.event_id = e.id ORDER BY x.number DESC LIMIT 1), false)`;
const readRecords = prepared(
  'audit/finding-records',
  `SELECT e.seq, e.id::text AS id, e.leaf, e.t, o.who, o.what, o.why, o.act
   FROM audit_event e LEFT JOIN audit_opening o ON o.event_id = e.id AND NOT ${isRestricted}
   WHERE e.shard = $1 AND e.seq >= $2 ORDER BY e.seq LIMIT $3`,
);
const readProgress = prepared(
  'audit/finding-progress',
  'SELECT next_index, pass, basis, month, memory FROM audit_finding_state WHERE shard = $1',
);
const readPlace = prepared(
  'audit/finding-place',
  'SELECT next_index, pass, basis FROM audit_finding_state WHERE shard = $1',
);
const readLastPass = prepared(
  'audit/finding-last-pass',
  'SELECT coalesce(max(pass), 0) AS pass FROM audit_finding WHERE shard = $1',
);
const beginProgress = prepared(
  'audit/finding-begin',
  `INSERT INTO audit_finding_state (shard, next_index, pass, basis, month, memory) VALUES ($1, $2, $3, $4, $5, $6)
   ON CONFLICT DO NOTHING`,
);
const moveProgress = prepared(
  'audit/finding-move',
  `UPDATE audit_finding_state SET next_index = $2, pass = $3, basis = $4, month = $5, memory = $6
   WHERE shard = $1 AND next_index = $7 AND pass = $8`,
);
const putFindings = prepared(
  'audit/finding-put',
  `INSERT INTO audit_finding (id, shard, rule, severity, authorities, first_index, record_count, until_ms, pass, records,
     body, audit_id)
   VALUES ($1::uuid, $2, $3, $4, $5::uuid[], $6, $7, $8, $9, $10::uuid[], $11, $12::uuid)
   ON CONFLICT (id) DO UPDATE SET authorities = excluded.authorities, first_index = excluded.first_index,
     record_count = excluded.record_count, until_ms = excluded.until_ms, pass = excluded.pass, records = excluded.records,
     body = excluded.body, audit_id = excluded.audit_id`,
);
const judge = prepared(
  'audit/finding-judge',
  `INSERT INTO audit_finding_verdict (finding_id, is_dismissed, record_count, t, audit_id)
   VALUES ($1::uuid, $2, $3, $4, $5::uuid)`,
);

const columns = `f.id::text AS id, f.rule, f.severity, f.authorities::text[] AS authorities, f.first_index, f.record_count,
  f.until_ms, f.pass, f.records::text[] AS records, f.body, v.is_dismissed, v.record_count AS judged_count, v.t AS judged_t,
  v.audit_id::text AS judged_by`;
const isToldTo = (place: string) => `(f.authorities && ${place}::uuid[] OR f.authorities = '{}'::uuid[])`;
const visible = `f.shard = $1 AND ${isToldTo('$2')}`;
const judged = `FROM audit_finding f LEFT JOIN LATERAL (
  SELECT * FROM audit_finding_verdict v WHERE v.finding_id = f.id ORDER BY v.place DESC LIMIT 1) v ON true`;
const isDismissed = 'coalesce(v.is_dismissed AND v.record_count >= f.record_count, false)';

export class SqlFindingStore implements FindingReader, FindingWriter {
  readonly #shard: string;

  constructor(shard: string) {
    this.#shard = shard;
  }

  async records(reader: Reader, fromIndex: number, most: number): Promise<readonly NumberedRecord[]> {
    return reader.queryRows(readRecords, [this.#shard, fromIndex, most], readRecord);
  }

  async progress(reader: Reader): Promise<FindingProgress | undefined> {
    return reader.queryOne(readProgress, [this.#shard], (row) => ({
      ...readPlaceOf(row),
      ...{ month: row.text('month'), memory: row.bytes('memory') },
    }));
  }

  async place(reader: Reader): Promise<FindingPlace | undefined> {
    return reader.queryOne(readPlace, [this.#shard], readPlaceOf);
  }

  async lastPass(reader: Reader): Promise<number> {
    return (await reader.queryOne(readLastPass, [this.#shard], (row) => row.integer('pass'))) ?? 0;
  }

  async search(reader: Reader, search: FindingSearch): Promise<readonly JudgedFinding[]> {
    const params: SqlValue[] = [this.#shard, [...search.authorities]];
    const conditions = [visible];
    const add = (condition: string, value: SqlValue) => {
      params.push(value);
      conditions.push(condition.replace('?', `$${params.length}`));
    };
    if (search.rule !== undefined) add('f.rule = ?', search.rule);
    if (search.state !== undefined) add(`${isDismissed} = ?`, search.state === 'dismissed');
    if (search.after !== undefined) {
      add(
        `(f.first_index, f.id) < (SELECT f.first_index, f.id FROM audit_finding f WHERE ${visible} AND f.id = ?::uuid)`,
        search.after,
      );
    }
    params.push(search.first);
    const text = `SELECT ${columns} ${judged} WHERE ${conditions.join(' AND ')}
      ORDER BY f.first_index DESC, f.id DESC LIMIT $${params.length}`;
    return reader.queryRows(text, params, readFinding);
  }

  async find(reader: Reader, id: FindingId, authorities: readonly AuthorityId[]): Promise<JudgedFinding | undefined> {
    const text = `SELECT ${columns} ${judged} WHERE ${isToldTo('$1')} AND f.id = $2::uuid`;
    return reader.queryOne(text, [[...authorities], id], readFinding);
  }

  async put(writer: Writer, findings: readonly StoredFinding[], auditId: ActId): Promise<void> {
    await Promise.all(
      findings.map(({ id, rule, severity, authorities, firstIndex, recordCount, untilMs, pass, records, body }) =>
        writer.execute(putFindings, [
          ...[id, this.#shard, rule, severity, [...authorities], firstIndex, recordCount, untilMs, pass],
          ...[[...records], body ?? null, auditId],
        ]),
      ),
    );
  }

  async move(
    writer: Writer,
    from: Pick<FindingPlace, 'nextIndex' | 'pass'> | undefined,
    progress: FindingProgress,
  ): Promise<boolean> {
    const { nextIndex, pass, basis, month, memory } = progress;
    const values = [this.#shard, nextIndex, pass, basis, month, memory];
    const moved =
      from === undefined
        ? await writer.execute(beginProgress, values)
        : await writer.execute(moveProgress, [...values, from.nextIndex, from.pass]);
    return moved === 1;
  }

  async judge(writer: Writer, id: FindingId, verdict: StoredVerdict): Promise<void> {
    const { isDismissed: dismissed, recordCount, timeMs, recordId } = verdict;
    await writer.execute(judge, [id, dismissed, recordCount, timeMs, recordId]);
  }
}

function readRecord(row: RowReader): NumberedRecord {
  const openings: { [Group in (typeof groups)[number]]?: Uint8Array } = {};
  for (const group of groups) {
    const sealed = row.optionalBytes(group);
    if (sealed !== undefined) openings[group] = sealed;
  }
  const id = idOf(row.text('id')) as ActId;
  return { index: row.integer('seq'), id, leaf: row.bytes('leaf'), timeMs: row.integer('t'), openings };
}

function readFinding(row: RowReader): JudgedFinding {
  return {
    id: idOf(row.text('id')) as FindingId,
    // Written by this server from the registry of rules; the body, where it is open, says the same.
    rule: row.text('rule') as FindingRule,
    severity: row.text('severity') as FindingSeverity,
    authorities: row.texts('authorities').map((id) => idOf(id) as AuthorityId),
    firstIndex: row.integer('first_index'),
    recordCount: row.integer('record_count'),
    untilMs: row.integer('until_ms'),
    pass: row.integer('pass'),
    records: row.texts('records').map((id) => idOf(id) as ActId),
    body: row.optionalBytes('body'),
    verdict: readVerdict(row),
  };
}

function readPlaceOf(row: RowReader): FindingPlace {
  return { nextIndex: row.integer('next_index'), pass: row.integer('pass'), basis: row.text('basis') };
}

function readVerdict(row: RowReader): StoredVerdict | undefined {
  const recordId = row.optionalText('judged_by');
  if (recordId === undefined) return undefined;
  return {
    isDismissed: row.boolean('is_dismissed'),
    recordCount: row.integer('judged_count'),
    timeMs: row.integer('judged_t'),
    recordId: idOf(recordId) as ActId,
  };
}

function idOf(text: string): string {
  return text.replaceAll('-', '');
}
