import { limits, utf8 } from '@rogatory/kernel';
import { type ExportReport, type PassingRecord, splitLines, verifyExport } from '@rogatory/evidence';
import {
  actSubjects,
  auditExportStatement,
  auditPurposes,
  type ExportRange,
  legalBases,
  nameOf,
} from '@rogatory/protocol';
import { sealJustification } from '../acts/justification.js';
import { verificationError } from '../client.errors.js';
import type { Directory } from '../directory/directory.js';
import type { UnlockedKeyStore } from '../keys/key-store.js';
import type { Gateway } from '../session/gateway.js';
import type { ServerFacts } from '../session/server-facts.js';
import type { Review } from './review.js';

export interface AuditExportsParts {
  readonly gateway: Gateway;
  readonly directory: Directory;
  readonly server: ServerFacts;
  readonly keys: UnlockedKeyStore;
}

export interface WantedExport extends ExportRange {
  /** Continues what broke off: the first line of the export stands already. */
  readonly isContinued?: boolean;
  /** Takes each line with its line feed, in order; the last one when every line before was verified. */
  readonly write: (line: Uint8Array) => Promise<void>;
  readonly onRecord?: (record: PassingRecord) => void;
}

const LINE_FEED = Uint8Array.of(0x0a);

/** Exports of the audit log, for auditors. */
export class AuditExports {
  readonly #parts: AuditExportsParts;

  constructor(parts: AuditExportsParts) {
    this.#parts = parts;
  }

  /**
   * Fetches a range of the log as an export (docs/spec/exports.md) and verifies it as it comes, signatures of devices left
   * out. Each part of at most `limits.maxExportRecords` is an act of its own, recorded before it is answered.
   * @returns index behind the last record. @throws VerificationError `client/answer` for what does not verify: what was
   * written by then ends without a last line; the server's own errors; UnavailableError when it breaks off.
   */
  async fetch(review: Review, wanted: WantedExport): Promise<number> {
    await this.#parts.directory.syncWhenOld();
    let { first, end } = wanted;
    const { shard } = wanted;
    for (let isFirst = true; ; isFirst = false) {
      const range = { first, ...(end === undefined ? {} : { end }), ...(shard === undefined ? {} : { shard }) };
      const hasHeader = isFirst && wanted.isContinued !== true;
      const { report, lastLine } = await this.#part(review, range, { ...wanted, hasHeader });
      // What is recorded of this very export makes the log grow: the first head says where it ends.
      end ??= report.size;
      if (report.end >= end || report.end === first) {
        await wanted.write(lastLine);
        return report.end;
      }
      first = report.end;
    }
  }

  async #part(
    review: Review,
    range: ExportRange,
    { write, onRecord, hasHeader }: WantedExport & { readonly hasHeader: boolean },
  ): Promise<{ readonly report: ExportReport; readonly lastLine: Uint8Array }> {
    const { gateway, server } = this.#parts;
    const subject = actSubjects.exportRecords(utf8(auditExportStatement(review.purpose, range)));
    const query = new URLSearchParams({ purpose: nameOf(auditPurposes, review.purpose), first: String(range.first) });
    if (range.end !== undefined) query.set('end', String(range.end));
    if (range.shard !== undefined) query.set('shard', range.shard);
    const chunks = await gateway.stream(`audit/export?${query.toString()}`, { subject, reason: this.#reason(review) });
    const held = new HeldBack(write, hasHeader);
    const trust = await server.trustFrom(range.shard);
    const input = { origin: trust.origin, logKeys: trust.logKeys, nowMs: gateway.clock.nowMs() };
    const report = await verifyExport({
      ...input,
      chunks: held.pass(chunks),
      onRecord: (record) => onRecord?.(record),
    });
    const { last } = held;
    const isAsked = report.first === range.first && report.end - report.first <= limits.maxExportRecords;
    if (!report.isSound || !isAsked || last === undefined) throw verificationError('client/answer');
    return { report, lastLine: last };
  }

  #reason({ justification }: Review) {
    const { gateway, directory, keys } = this.#parts;
    const { deviceId, authorityId } = keys;
    const input = { deviceId, authorityId, view: directory.view, random: gateway.random };
    return sealJustification(justification ?? { legalBasis: legalBases.oversight }, input);
  }
}

/** Writes lines on as they pass, but for the last one: nobody knows yet whether it is true. */
class HeldBack {
  readonly #write: (line: Uint8Array) => Promise<void>;
  #isFirst = true;
  readonly #hasHeader: boolean;
  last: Uint8Array | undefined;

  constructor(write: (line: Uint8Array) => Promise<void>, hasHeader: boolean) {
    this.#write = write;
    this.#hasHeader = hasHeader;
  }

  async *pass(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const line of splitLines(chunks)) {
      if (this.last !== undefined) await this.#write(this.last);
      const whole = new Uint8Array(line.length + 1);
      whole.set(line);
      whole.set(LINE_FEED, line.length);
      this.last = this.#isFirst && !this.#hasHeader ? undefined : whole;
      this.#isFirst = false;
      yield whole;
    }
  }
}
