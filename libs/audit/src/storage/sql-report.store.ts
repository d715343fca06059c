import { type ActId, type AuthorityId, RefusedError } from '@rogatory/kernel';
import type { ReportPage } from '@rogatory/protocol';
import { prepared, type Reader, type RowReader, type Writer } from '@rogatory/platform-database';
import { nextLog } from '../application/reports/next-log.js';
import type { NextPeriod, ReportReader, ReportWriter, StoredReport } from '../application/reports/report.store.js';
import { reportStale } from '../domain/audit.errors.js';

const columns = 'audit_id::text AS id, shard, body::text AS body, report, first_index, end_index, until_ms, t';
const listReports = prepared(
  'audit/reports',
  `SELECT ${columns} FROM audit_report WHERE body = $1 ORDER BY t DESC, audit_id DESC LIMIT $2`,
);
const listOlder = prepared(
  'audit/reports-older',
  `SELECT ${columns} FROM audit_report WHERE body = $1
     AND (t, audit_id) < (SELECT t, audit_id FROM audit_report WHERE body = $1 AND audit_id = $3::uuid)
   ORDER BY t DESC, audit_id DESC LIMIT $2`,
);
const findReported = prepared(
  'audit/reported-logs',
  `SELECT given.shard, (SELECT max(end_index) FROM audit_report r WHERE r.body = $1 AND r.shard = given.shard) AS reported,
     CASE WHEN s.reason <> 'abandoned' AND NOT EXISTS (
       SELECT 1 FROM audit_event e
       WHERE e.shard = given.shard AND e.seq >= counted.size AND e.ev NOT IN ('log.epoch', 'log.shard.close')
     ) THEN counted.size END AS ends
   FROM unnest($2::text[]) WITH ORDINALITY AS given (shard, place) LEFT JOIN audit_shard_end s ON s.shard = given.shard
     LEFT JOIN LATERAL (SELECT max(size) AS size FROM audit_epoch p WHERE p.shard = given.shard) AS counted ON true
   ORDER BY given.place`,
);
const firstRecord = prepared('audit/report-first', 'SELECT min(t) AS t FROM audit_event WHERE seq IS NOT NULL');
const addReport = prepared(
  'audit/report-add',
  `INSERT INTO audit_report (audit_id, shard, body, report, first_index, end_index, until_ms, t)
   VALUES ($1::uuid, $2, $3::uuid, $4, $5, $6, $7, $8)`,
);

export class SqlReportStore implements ReportReader, ReportWriter {
  readonly #shards: readonly string[];

  /** @param shards of the logs of the server, the earliest first; the last one takes records. */
  constructor(shards: readonly string[]) {
    this.#shards = shards;
  }

  async next(reader: Reader, body: AuthorityId): Promise<NextPeriod | undefined> {
    const [last] = await this.list(reader, body, { first: 1 });
    const current = this.#shards.at(-1);
    const logs = await reader.queryRows(findReported, [body, [...this.#shards]], (row) => ({
      ...{ shard: row.text('shard'), reportedTo: row.optionalInteger('reported') },
      endsAt: row.text('shard') === current ? undefined : (row.optionalInteger('ends') ?? 0),
    }));
    const log = nextLog(logs);
    const fromMs = last?.untilMs ?? (await reader.queryOne(firstRecord, [], (row) => row.optionalInteger('t')));
    if (fromMs === undefined || log === undefined) return undefined;
    return { shard: log.shard, firstIndex: log.reportedTo ?? 0, fromMs, previous: last?.recordId };
  }

  async list(reader: Reader, body: AuthorityId, { first, before }: ReportPage): Promise<readonly StoredReport[]> {
    return before === undefined
      ? reader.queryRows(listReports, [body, first], readReport)
      : reader.queryRows(listOlder, [body, first, before], readReport);
  }

  async add(writer: Writer, given: StoredReport): Promise<void> {
    const { recordId, shard, body, report, firstIndex, endIndex, untilMs, timeMs } = given;
    try {
      const values = [recordId, shard, body, report, firstIndex, endIndex, untilMs, timeMs];
      await writer.execute(addReport, values);
    } catch (error) {
      if (!(error instanceof RefusedError) || error.code !== 'database/conflict') throw error;
      if (error.details['constraint'] !== 'audit_report_place') throw error;
      throw reportStale();
    }
  }
}

function readReport(row: RowReader): StoredReport {
  return {
    recordId: idOf(row.text('id')) as ActId,
    shard: row.text('shard'),
    body: idOf(row.text('body')) as AuthorityId,
    report: row.bytes('report'),
    firstIndex: row.integer('first_index'),
    endIndex: row.integer('end_index'),
    untilMs: row.integer('until_ms'),
    timeMs: row.integer('t'),
  };
}

function idOf(text: string): string {
  return text.replaceAll('-', '');
}
