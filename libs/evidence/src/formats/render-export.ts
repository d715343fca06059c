import { VerificationError } from '@rogatory/kernel';
import type { ExportTrailer } from '../export/export-file.js';
import { type ExportReport, type ExportVerification, verifyExport } from '../export/verify-export.js';
import { headOpener } from '../log/log-trust.js';
import { cloudEventsFormat } from './cloud-events.js';
import { csvFormat } from './csv.js';
import type { ExportFormat } from './export-format.js';
import { ocsfFormat } from './ocsf.js';

export const exportFormats = {
  csv: csvFormat,
  ocsf: ocsfFormat,
  cloudevents: cloudEventsFormat,
} as const satisfies Record<string, ExportFormat>;
export type ExportFormatName = keyof typeof exportFormats;

export interface Rendering extends ExportVerification {
  readonly format: ExportFormat;
  /** The last line of the export, read beforehand: its head stands in every line of some formats. */
  readonly trailer: ExportTrailer;
  readonly write: (text: string) => Promise<void>;
}

/**
 * Writes an export for other programs while it is verified. What was written counts only once this resolves.
 * @throws VerificationError `evidence/not-sound` for an export that does not verify; what the source or `write` throws.
 */
export async function renderExport({ format, trailer, write, ...input }: Rendering): Promise<ExportReport> {
  const head = headOpener(input)(trailer.checkpoint);
  const signatures = head.signatures.map(({ key }) => {
    const line = head.note.signatures.find(({ name, keyId }) => name === key.name && keyId === key.keyId);
    return { key, signature: line?.signature ?? new Uint8Array(0) };
  });
  const log = { origin: head.origin, size: head.size, signatures };
  await write(format.head(log));
  const onRecord: ExportVerification['onRecord'] = (record, exported) => write(format.line(record, exported, log));
  const report = await verifyExport({ ...input, onRecord });
  if (!report.isSound) throw new VerificationError('evidence/not-sound', 'the export does not verify');
  return report;
}
