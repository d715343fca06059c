import { decide, accessRefused, type Principal, type RequestContext } from '@rogatory/access';
import { encodeExportedRecord, encodeExportHeader, encodeExportTrailer, type ExportTrailer } from '@rogatory/evidence';
import { type ActId, limits, utf8 } from '@rogatory/kernel';
import { actSubjects, auditExportStatement, type AuditPurpose, type ExportRange } from '@rogatory/protocol';
import { leafHash } from '@rogatory/tlog';
import type { Database } from '@rogatory/platform-database';
import { unknownLog, wrongFilter } from '../../domain/audit.errors.js';
import type { AuditScope } from '../../domain/record-filter.js';
import type { ActRunner, PromisedRecord } from '../act-runner.js';
import { type LogReaders, shardNameOf } from '../log/log-readers.js';
import { type MonthKeys } from '../month-keys.js';
import { reviewPrincipal } from '../review-context.js';
import type { RecordMark, RecordMarks } from '../retention/record-marks.js';
import { openRecords } from '../reviewed-record.js';
import type { ExportSource, RangeRecord } from './export-source.js';

export interface ExportRequest {
  readonly purpose: AuditPurpose;
  readonly range: ExportRange;
  readonly scope: AuditScope;
}

export interface ExportRecordsParts {
  readonly database: Database;
  readonly sourceOf: (shard: string) => ExportSource;
  readonly marks: RecordMarks;
  readonly logs: Pick<LogReaders, 'of' | 'current' | 'all'>;
  readonly monthKeys: Pick<MonthKeys, 'find'>;
  readonly acts: Pick<ActRunner, 'run'>;
}

/** A recorded export: its lines may leave. */
export interface BegunExport extends PromisedRecord {
  /** First line, records, last line (docs/spec/exports.md). Ends early when `isStillAllowed` says no. */
  readonly lines: AsyncIterable<Uint8Array>;
}

interface Page {
  readonly rows: readonly RangeRecord[];
  readonly marks: ReadonlyMap<ActId, RecordMark>;
}

interface PagePlace {
  readonly first: number;
  readonly end: number;
  readonly scope: AuditScope;
}

interface Plan {
  readonly source: ExportSource;
  readonly first: number;
  readonly header: Uint8Array;
  readonly trailer: ExportTrailer;
}

/**
 * Hands out a contiguous range of the log with the openings of the records in scope. The act is recorded, and its record
 * signed, before the first byte; no more than `limits.maxExportRecords` go under one act. Memory is two pages.
 */
export class ExportRecords {
  readonly #parts: ExportRecordsParts;

  constructor(parts: ExportRecordsParts) {
    this.#parts = parts;
  }

  /**
   * @param isStillAllowed asked before every page.
   * @throws what `ActRunner.run` throws; RefusedError `audit/filter` for a range that begins behind the signed log, `audit/unknown-log`.
   */
  async run(
    ctx: RequestContext,
    request: ExportRequest,
    isStillAllowed: (principal: Principal) => boolean,
  ): Promise<BegunExport> {
    const { purpose, range, scope } = request;
    const statement = auditExportStatement(purpose, range);
    // Read by the log's own job before the act's transaction opens: a device's would show it its own records alone.
    const plan = decide(ctx.principal, 'route.auditExport').isAllowed ? await this.#plan(request) : undefined;
    const { result, recordId, promise } = await this.#parts.acts.run(ctx, 'route.auditExport', () => ({
      ...actSubjects.exportRecords(utf8(statement)),
      perform: async () => {
        this.#demandKnown(range);
        if (plan === undefined) throw wrongFilter();
        const count = plan.trailer.end - plan.first;
        return { result: plan, what: { count, detail: `${statement} to=${plan.trailer.end}` } };
      },
    }));
    const { principal } = ctx;
    if (principal === undefined) throw accessRefused('no-session');
    return { recordId, promise, lines: this.#lines(result, scope, () => isStillAllowed(principal)) };
  }

  #demandKnown({ shard }: ExportRange): void {
    const { logs } = this.#parts;
    if (shard === undefined || logs.of(shard) !== undefined) return;
    throw unknownLog(logs.all().map(({ log }) => shardNameOf(log.origin)));
  }

  async #plan({ range, scope }: ExportRequest): Promise<Plan | undefined> {
    const { database, logs, sourceOf } = this.#parts;
    const log = range.shard === undefined ? logs.current : logs.of(range.shard);
    const checkpoint = await log?.published();
    const { first, end = Number.MAX_SAFE_INTEGER } = range;
    const areWhole = [first, end].every((place) => Number.isSafeInteger(place) && place >= 0);
    if (log === undefined || checkpoint === undefined || !areWhole || first > end || first > checkpoint.size)
      return undefined;
    const { size, note } = checkpoint;
    const last = Math.min(end, size, first + limits.maxExportRecords);
    const [left, right] = await database.read(reviewPrincipal, async (reader) => [
      await log.subtrees(reader, { begin: 0, end: first }, size),
      await log.subtrees(reader, { begin: last, end: size }, size),
    ]);
    const header = encodeExportHeader({ origin: log.log.origin, first, scope: scope.authorities, left: left ?? [] });
    const source = sourceOf(shardNameOf(log.log.origin));
    return { source, first, header, trailer: { end: last, right: right ?? [], checkpoint: note } };
  }

  async *#lines(plan: Plan, scope: AuditScope, mayGoOn: () => boolean): AsyncGenerator<Uint8Array> {
    yield plan.header;
    const { end } = plan.trailer;
    const { source } = plan;
    let next = this.#page(source, { first: plan.first, end, scope });
    for (let at = plan.first; at < end; ) {
      const page = await next;
      // Fewer than there are indices: the log does not hold what it signed. An export without an end tells so.
      if (page.rows.length === 0 || !mayGoOn()) return;
      at += page.rows.length;
      // The next page is read while this one is opened.
      if (at < end) next = this.#page(source, { first: at, end, scope });
      yield* this.#encoded(page);
    }
    yield encodeExportTrailer(plan.trailer);
  }

  #page(source: ExportSource, { first, end, scope }: PagePlace): Promise<Page> {
    const { database, marks } = this.#parts;
    const limit = Math.min(limits.exportPageRecords, end - first);
    const page = database.read(reviewPrincipal, async (reader) => {
      const rows = await source.range(reader, { first, limit, scope });
      return {
        rows,
        marks: await marks.of(
          reader,
          rows.map(({ id }) => id),
        ),
      };
    });
    // Whoever gives up half-way does not ask for the next page; its failure is nobody's then.
    page.catch(() => undefined);
    return page;
  }

  /** By slices: what others asked of the process has its turn between them. */
  async *#encoded({ rows, marks }: Page): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < rows.length; at += limits.exportSliceRecords) {
      if (at > 0) await pause();
      const slice = rows.slice(at, at + limits.exportSliceRecords);
      const opened = await openRecords(slice, { monthKeys: this.#parts.monthKeys, marks });
      const lines = opened.map(({ leaf, groups }, i) => {
        const { index, isInScope } = slice[i] as RangeRecord;
        const record = { index, leaf, hash: leafHash(leaf), open: isInScope ? groups : undefined };
        return encodeExportedRecord(record, base64);
      });
      yield Buffer.from(lines.join(''), 'latin1');
    }
  }
}

const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** By Node: a line holds a few kilobytes of it. */
function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
