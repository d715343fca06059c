import type { Clock } from '@rogatory/kernel';
import { auditQueryStatement } from '@rogatory/protocol';
import type { Database } from '@rogatory/platform-database';
import { checkQuery, type RecordFilter, type RecordPage } from '../domain/record-filter.js';
import { askedShard, type KnownShards } from './asked-log.js';
import type { AuditRecordReader } from './audit-record.store.js';
import type { AuditRecorder } from './audit-recorder.js';
import type { MonthKeys } from './month-keys.js';
import type { PromiseSigner } from './promise-signer.js';
import {
  type ReviewContext,
  reviewEntry,
  reviewPrincipal,
  type ReviewReceipt,
  verifyReviewAct,
  receiptOf,
} from './review-context.js';
import type { RecordMarks } from './retention/record-marks.js';
import { openRecords, type ReviewedRecord } from './reviewed-record.js';

export interface ReviewParts extends KnownShards {
  readonly database: Database;
  readonly records: AuditRecordReader;
  readonly recorder: Pick<AuditRecorder, 'record'>;
  readonly monthKeys: Pick<MonthKeys, 'find'>;
  readonly marks: RecordMarks;
  readonly promises: Pick<PromiseSigner, 'promise'>;
  readonly clock: Clock;
}

export interface RecordList {
  /** Newest first. */
  readonly records: readonly ReviewedRecord[];
  /** Give it as `beforeIndex` for the next page; undefined at the end. */
  readonly nextBeforeIndex: number | undefined;
  /** That the look-up itself will be in the log. */
  readonly receipt: ReviewReceipt;
}

/** An auditor lists records; the look-up is itself a record, committed before the answer leaves. */
export class ListRecords {
  readonly #parts: ReviewParts;

  constructor(parts: ReviewParts) {
    this.#parts = parts;
  }

  /** @throws RefusedError `audit/filter`, `audit/unknown-log`, what `verifyAct` and the recorder throw. */
  async run(context: ReviewContext, filter: RecordFilter, page: RecordPage): Promise<RecordList> {
    const { database, records, recorder, monthKeys, marks, promises, clock } = this.#parts;
    checkQuery(filter, page);
    // Indices, and with them pages, are of one log.
    const shard = askedShard(this.#parts, filter.shard);
    const statement = auditQueryStatement(context.purpose, filter, page);
    const act = verifyReviewAct(context, 'audit.query', statement, { clock });
    const { rows, marked, recorded } = await database.write(reviewPrincipal, async (writer) => {
      const rows = await records.list(writer, { shard, filter, page, scope: context.scope });
      const marked = await marks.of(
        writer,
        rows.map(({ id }) => id),
      );
      const entry = reviewEntry(context, act, { count: rows.length, detail: statement });
      return { rows, marked, recorded: await recorder.record(writer, entry) };
    });
    const nextBeforeIndex = rows.length < page.first ? undefined : rows.at(-1)?.index;
    const receipt = receiptOf(recorded, promises);
    return { records: await openRecords(rows, { monthKeys, marks: marked }), nextBeforeIndex, receipt };
  }
}
