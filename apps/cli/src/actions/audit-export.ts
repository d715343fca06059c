import { createReadStream } from 'node:fs';
import { open, type FileHandle, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  decodeExportHeader,
  decodeExportLine,
  type ExportFormatName,
  exportFormats,
  type ExportReport,
  type ExportTrailer,
  renderExport,
  splitLines,
  TlogFolder,
  verifyExport,
} from '@rogatory/evidence';
import type { Client } from '@rogatory/client';
import { auditPurposes, legalBases } from '@rogatory/protocol';
import type { Call } from '../run/call.js';
import { fileFormatError, refusedError, verificationError } from '../run/cli.errors.js';
import { isPresent, makePrivateFolder, writeWhole } from '../run/files.js';
import type { Outcome } from '../run/outcome.js';
import { shardOf } from './audit-shard.js';
import { progressBar } from '../run/progress-bar.js';
import { withSession } from '../run/session.js';

export const exportForms = ['ndjson', 'csv', 'ocsf', 'cloudevents', 'tlog'] as const;
type ExportForm = (typeof exportForms)[number];
const forms: Readonly<Record<string, ExportForm>> = Object.fromEntries(exportForms.map((form) => [form, form]));

const WHAT = 'an export that broke off';
const LINE_FEED = 0x0a;

/**
 * `audit export`: fetches into a draft beside the target, verifies the whole of it, and only then gives it its name or
 * writes the wanted form. A draft that is there already is continued from its last whole line.
 */
export async function exportLog(call: Call): Promise<Outcome> {
  const review = {
    purpose: call.choice('purpose', auditPurposes),
    justification: { legalBasis: legalBases.oversight, text: call.required('reason') },
  };
  const form = call.choiceOrNone('format', forms) ?? 'ndjson';
  const target = call.path(call.argument(0));
  if (await isPresent(target)) throw refusedError('cli/exists');
  return withSession(call, async ({ client }) => {
    const draft = `${target}.part`;
    const known = (await isPresent(draft)) ? await resumed(draft) : undefined;
    const place = shardOf(call);
    const first = known?.next ?? call.whole('first', { min: 0, max: 2 ** 48, fallback: 0 });
    const end = call.optional('end') === undefined ? {} : { end: call.whole('end', { min: 0, max: 2 ** 48 }) };
    if (known?.trailer === undefined)
      await fetchInto(call, {
        client,
        review,
        draft,
        first,
        end: { ...end, ...place },
        isContinued: known !== undefined,
      });
    const report = await finished(call, client, { draft, target, form });
    const { claims, scope } = report;
    const facts = { file: target, format: form, first: report.first, end: report.end, size: report.size };
    return {
      json: {
        ...facts,
        authoritiesInScope: scope.length,
        openings: claims.find(({ claim }) => claim === 'openings')?.count ?? 0,
      },
      lines: [
        `${report.end - report.first} records, ${placesOf(report)} of a log of ${report.size}, verified: ${target}`,
      ],
    };
  });
}

interface Fetching {
  readonly client: Client;
  readonly review: Parameters<Client['auditExports']['fetch']>[0];
  readonly draft: string;
  readonly first: number;
  readonly end: { readonly end?: number; readonly shard?: string };
  readonly isContinued: boolean;
}

async function fetchInto(call: Call, { client, review, draft, first, end, isContinued }: Fetching): Promise<void> {
  await makePrivateFolder(dirname(draft));
  const bar = await progressBar(call, 'exporting', (count) => `${count} records`);
  const file = await open(draft, 'a', 0o600);
  const buffer = new LineBuffer(file);
  let done = first;
  try {
    const write = (line: Uint8Array) => buffer.write(line);
    const onRecord = () => bar.update({ doneBytes: ++done, totalBytes: end.end ?? done });
    await client.auditExports.fetch(review, { first, ...end, isContinued, write, onRecord });
  } finally {
    bar.stop();
    await buffer.flush();
    await file.datasync();
    await file.close();
  }
}

/** Lines by the megabyte: a write for each would be a thousand times as many. */
class LineBuffer {
  readonly #file: FileHandle;
  #lines: Uint8Array[] = [];
  #bytes = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async write(line: Uint8Array): Promise<void> {
    this.#lines.push(line);
    this.#bytes += line.length;
    if (this.#bytes > 1024 * 1024) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#lines.length === 0) return;
    const whole = Buffer.concat(this.#lines);
    this.#lines = [];
    this.#bytes = 0;
    await this.#file.appendFile(whole);
  }
}

/** Where a draft goes on. Its last line, when it was cut off in the middle, is taken away. */
async function resumed(
  draft: string,
): Promise<{ readonly next: number; readonly trailer?: ExportTrailer } | undefined> {
  let next: number | undefined;
  let whole = 0;
  let trailer: ExportTrailer | undefined;
  for await (const line of splitLines(createReadStream(draft))) {
    if (next === undefined) next = decodeExportHeader(line).first;
    else {
      const read = decodeExportLine(line);
      if (read.kind === 'trailer') trailer = read.trailer;
      else if (read.record.index !== next++) throw fileFormatError(WHAT);
    }
    whole += line.length + 1;
  }
  const file = await open(draft, 'r+');
  try {
    await file.truncate(whole);
  } finally {
    await file.close();
  }
  if (next === undefined) {
    await rm(draft);
    return undefined;
  }
  return { next, ...(trailer && { trailer }) };
}

async function finished(
  call: Call,
  client: Client,
  { draft, target, form }: { readonly draft: string; readonly target: string; readonly form: ExportForm },
): Promise<ExportReport> {
  await client.server();
  const trust = { ...(await client.logTrust(call.optional('shard'))), nowMs: call.context.clock.nowMs() };
  if (form === 'tlog') return intoFolder(trust, { draft, target });
  if (form === 'ndjson') {
    const report = await verifyExport({ ...trust, chunks: createReadStream(draft) });
    if (!report.isSound) throw verificationError('cli/audit-failed');
    await rename(draft, target);
    return report;
  }
  const report = await intoForm(trust, { draft, target, form });
  await rm(draft);
  return report;
}

type PinnedLog = Pick<Parameters<typeof verifyExport>[0], 'origin' | 'logKeys' | 'nowMs'>;

async function intoForm(
  trust: PinnedLog,
  { draft, target, form }: { readonly draft: string; readonly target: string; readonly form: ExportFormatName },
): Promise<ExportReport> {
  const trailer = await trailerOf(draft);
  const unfinished = `${target}.${process.pid}.new`;
  const file = await open(unfinished, 'wx', 0o600);
  const buffer = new LineBuffer(file);
  try {
    const write = (text: string) => buffer.write(Buffer.from(text));
    const chunks = createReadStream(draft);
    const report = await renderExport({ ...trust, chunks, format: exportFormats[form], trailer, write });
    await buffer.flush();
    await file.datasync();
    await rename(unfinished, target);
    return report;
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

async function intoFolder(
  trust: PinnedLog,
  { draft, target }: { readonly draft: string; readonly target: string },
): Promise<ExportReport> {
  const trailer = await trailerOf(draft);
  const unfinished = `${target}.${process.pid}.new`;
  const folder = new TlogFolder(async (path, bytes) => {
    await makePrivateFolder(dirname(join(unfinished, path)));
    await writeWhole(join(unfinished, path), bytes, { isPrivate: true });
  });
  try {
    const chunks = createReadStream(draft);
    const report = await verifyExport({ ...trust, chunks, onRecord: (_, { leaf }) => folder.add(leaf) });
    if (!report.isSound || report.first !== 0) throw verificationError('cli/audit-failed');
    await folder.finish(trailer.checkpoint, report.size);
    await rename(unfinished, target);
    await rm(draft);
    return report;
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
}

/** The last line of a draft, read from its end. */
async function trailerOf(draft: string): Promise<ExportTrailer> {
  const file = await open(draft, 'r');
  try {
    const { size } = await file.stat();
    const length = Math.min(size, 512 * 1024);
    const tail = Buffer.alloc(length);
    await file.read(tail, 0, length, size - length);
    const line = tail.subarray(tail.lastIndexOf(LINE_FEED, length - 2) + 1, length - 1);
    const read = decodeExportLine(line);
    if (read.kind !== 'trailer') throw fileFormatError(WHAT);
    return read.trailer;
  } finally {
    await file.close();
  }
}

function placesOf({ first, end }: { readonly first: number; readonly end: number }): string {
  return end > first ? `index ${first} to ${end - 1},` : 'none';
}
