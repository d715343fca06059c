import { CodecError, limits, parseUtf8, utf8 } from '@rogatory/kernel';
import { encodeRecordFile, parseRecordFile, type RecordFile } from '../proofs/verify-proofs.js';

/** A review report as it goes from hand to hand: the exact bytes, and the record of the act that signs them. */
export interface ReportFile {
  /** `review-report.ts` reads them; what is signed is these bytes and no other form of them. */
  readonly report: Uint8Array;
  /** Of the event `audit.report`. Its `act` is the signature, its `why` the sealed free text. */
  readonly record: RecordFile;
}

const FORMAT = 'rogatory/review-report-file/v1';
/** The largest: a report as a JSON string, in which every quotation mark takes two bytes, and a record file likewise. */
export const MAX_REPORT_FILE_BYTES = 2 * (limits.maxReportBytes + limits.maxExportLineBytes + 2 * limits.maxNoteBytes);

/** UTF-8 JSON with the members format, report (the canonical text), and record (a record file). */
export function encodeReportFile({ report, record }: ReportFile): Uint8Array {
  const text = { format: FORMAT, report: parseUtf8(report), record: parsed(encodeRecordFile(record)) };
  return utf8(`${JSON.stringify(text, undefined, 2)}\n`);
}

/** @throws CodecError `evidence/report`, `evidence/record`. */
export function parseReportFile(bytes: Uint8Array): ReportFile {
  if (bytes.length > MAX_REPORT_FILE_BYTES) throw malformed();
  const { format, report, record, ...rest } = parsed(bytes);
  if (format !== FORMAT || Object.keys(rest).length > 0 || typeof report !== 'string') throw malformed();
  return { report: utf8(report), record: parseRecordFile(utf8(JSON.stringify(record ?? null))) };
}

function parsed(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(parseUtf8(bytes));
  } catch (cause) {
    throw new CodecError('evidence/report', 'not a review report', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed();
  return { ...value };
}

function malformed(): CodecError<'evidence/report'> {
  return new CodecError('evidence/report', 'not a review report');
}
