import type { VerifierKey } from '@rogatory/tlog';
import type { ExportedRecord } from '../export/export-file.js';
import type { PassingRecord } from '../records/record-check.js';

/** What stands in every line of a rendering: the log, and the signed head that covers its records. */
export interface RenderedLog {
  readonly origin: string;
  readonly size: number;
  /** Signatures of the head that hold. */
  readonly signatures: readonly { readonly key: VerifierKey; readonly signature: Uint8Array }[];
}

/** Writes verified records for other programs. One line per record, each with its line end. */
export interface ExportFormat {
  /** What stands before the first record; empty for most. */
  head(log: RenderedLog): string;
  line(record: PassingRecord, exported: ExportedRecord, log: RenderedLog): string;
}
