import {
  type AuditReport,
  CountCheck,
  decodeReviewReport,
  type DirectoryFacts,
  directoryKeys,
  exitCodeOf,
  headOpener,
  type LogTrust,
  MAX_REPORT_FILE_BYTES,
  MAX_SUCCESSION_FILE_BYTES,
  parseSuccessionFile,
  type SuccessionReport,
  verifySuccessionFile,
  parseReportFile,
  parseRecordFile,
  verifyAuditLog,
  verifyExport,
  verifyForkFile,
  type VerifierExitCode,
  verifyRecordFile,
  verifyReportFile,
} from '@rogatory/evidence';
import type { Finding } from '@rogatory/findings';
import { type Clock, fromHex, limits, parseUtf8 } from '@rogatory/kernel';
import { parseRetentionSettings, type RetentionSettings } from '@rogatory/protocol';
import { parseTlogProof } from '@rogatory/tlog';
import type { VerifyRequest } from './command-line.js';
import { chunksOf, folderSource, readBounded, readReceipts } from './evidence-files.js';
import { findingsCheckOf } from './findings-check.js';
import { type GivenTrust, givenTrust } from './given-trust.js';

const MAX_NOTE_FILE_BYTES = 256 * 1024;
const MAX_SETTINGS_BYTES = 64 * 1024;
const MAX_FORK_BYTES = 3 * limits.maxNoteBytes;
const MAX_RECORD_FILE_BYTES = limits.maxExportLineBytes + 2 * limits.maxNoteBytes;

export interface EvidenceVerdict extends Pick<GivenTrust, 'keysFrom'> {
  readonly report: AuditReport & Pick<Partial<SuccessionReport>, 'next'>;
  /** Findings over the records, where they were asked for. */
  readonly findings: readonly Finding[];
  readonly exitCode: VerifierExitCode;
}

/** Reads the evidence and judges it. @throws what cannot be read or is no request; what is wrong with it is the answer. */
export async function verifyEvidence(request: VerifyRequest, clock: Clock): Promise<EvidenceVerdict> {
  const { trust, keysFrom } = await givenTrust(request);
  const nowMs = clock.nowMs();
  const earlier = await Promise.all(request.earlier.map((path) => readBounded(path, MAX_NOTE_FILE_BYTES)));
  const receipts = request.receipts === undefined ? [] : await readReceipts(request.receipts);
  const { findings = [], ...report } = await reportOn(request, { ...trust, nowMs, earlier, receipts });
  const { claims } = report;
  return { report, findings, keysFrom, exitCode: exitCodeOf({ claims, keysFrom, demanded: request.demanded }) };
}

type ReportWithFindings = AuditReport & { readonly findings?: readonly Finding[] } & Pick<
    Partial<SuccessionReport>,
    'next'
  >;

async function reportOn(request: VerifyRequest, trust: LogTrust): Promise<ReportWithFindings> {
  const { kind, path, leaf } = request;
  switch (kind) {
    case 'log':
      return verifyAuditLog({ ...trust, source: await folderSource(path) });
    case 'export':
      return exportReport(request, trust);
    case 'record': {
      const record = parseRecordFile(await readBounded(path, MAX_RECORD_FILE_BYTES));
      return verifyRecordFile({ ...trust, ...asDevices(await directoryOf(request)), record });
    }
    case 'receipt': {
      const proof = await readBounded(path, MAX_NOTE_FILE_BYTES);
      const record = { leaf: await readBounded(leaf ?? '', limits.maxLogEntryBytes), proof, open: undefined };
      return verifyRecordFile({ ...trust, record });
    }
    case 'report': {
      const file = parseReportFile(await readBounded(path, MAX_REPORT_FILE_BYTES));
      return verifyReportFile({ ...trust, ...asDevices(await directoryOf(request)), file });
    }
    case 'succession':
      return successionReport(request, trust);
    case 'fork':
      return verifyForkFile({ ...trust, proof: await readBounded(path, MAX_FORK_BYTES) });
  }
}

async function successionReport({ path, oldLog, nextLog }: VerifyRequest, trust: LogTrust): Promise<SuccessionReport> {
  const file = parseSuccessionFile(await readBounded(path, MAX_SUCCESSION_FILE_BYTES));
  return verifySuccessionFile({
    ...{ ...trust, file },
    ...(oldLog !== undefined && { oldLog: await folderSource(oldLog) }),
    ...(nextLog !== undefined && { nextLog: await folderSource(nextLog) }),
  });
}

async function exportReport(request: VerifyRequest, trust: LogTrust): Promise<ReportWithFindings> {
  const directory = await directoryOf(request);
  const check = await findingsCheckOf(request, directory);
  const counted = request.report === undefined ? undefined : await countedOf(request.report, trust);
  const report = await verifyExport({
    ...trust,
    ...asDevices(directory),
    ...(request.retention !== undefined && { retention: await retentionOf(request.retention) }),
    earlier: [...(trust.earlier ?? []), ...(counted ? [counted.head] : [])],
    more: [...(counted ? [counted.check] : []), ...(check ? [check] : [])],
    chunks: chunksOf(request.path),
  });
  return { ...report, findings: check?.findings ?? [] };
}

/** The counts of a review report, and the head that they were proven in: the log has to extend it. */
async function countedOf(path: string, trust: LogTrust) {
  const file = parseReportFile(await readBounded(path, MAX_REPORT_FILE_BYTES));
  const report = decodeReviewReport(file.report);
  const check = new CountCheck({ report, origin: trust.origin, open: headOpener(trust) });
  return { check, head: parseTlogProof(report.epoch.proof).checkpoint };
}

async function retentionOf(path: string): Promise<RetentionSettings> {
  return parseRetentionSettings(parseUtf8(await readBounded(path, MAX_SETTINGS_BYTES)));
}

function asDevices(directory: DirectoryFacts | undefined): { readonly devices?: DirectoryFacts } {
  return directory === undefined ? {} : { devices: directory };
}

async function directoryOf({ directory, federationRoot }: VerifyRequest): Promise<DirectoryFacts | undefined> {
  if (directory === undefined || federationRoot === undefined) return undefined;
  const bundle = await readBounded(directory, limits.maxDirectoryBundleBytes);
  return directoryKeys(bundle, fromHex(federationRoot));
}
