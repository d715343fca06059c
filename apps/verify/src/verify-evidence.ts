import {
  type AuditReport,
  type DeviceKeys,
  directoryKeys,
  exitCodeOf,
  type LogTrust,
  parseRecordFile,
  verifyAuditLog,
  verifyExport,
  verifyForkFile,
  type VerifierExitCode,
  verifyRecordFile,
} from '@rogatory/evidence';
import { type Clock, fromHex, limits } from '@rogatory/kernel';
import type { VerifyRequest } from './command-line.js';
import { chunksOf, folderSource, readBounded, readReceipts } from './evidence-files.js';
import { type GivenTrust, givenTrust } from './given-trust.js';

const MAX_NOTE_FILE_BYTES = 256 * 1024;
const MAX_FORK_BYTES = 3 * limits.maxNoteBytes;
const MAX_RECORD_FILE_BYTES = limits.maxExportLineBytes + 2 * limits.maxNoteBytes;

export interface EvidenceVerdict extends Pick<GivenTrust, 'keysFrom'> {
  readonly report: AuditReport;
  readonly exitCode: VerifierExitCode;
}

/** Reads the evidence and judges it. @throws what cannot be read or is no request; what is wrong with it is the answer. */
export async function verifyEvidence(request: VerifyRequest, clock: Clock): Promise<EvidenceVerdict> {
  const { trust, keysFrom } = await givenTrust(request);
  const nowMs = clock.nowMs();
  const earlier = await Promise.all(request.earlier.map((path) => readBounded(path, MAX_NOTE_FILE_BYTES)));
  const receipts = request.receipts === undefined ? [] : await readReceipts(request.receipts);
  const report = await reportOn(request, { ...trust, nowMs, earlier, receipts });
  const { claims } = report;
  return { report, keysFrom, exitCode: exitCodeOf({ claims, keysFrom, demanded: request.demanded }) };
}

async function reportOn(request: VerifyRequest, trust: LogTrust): Promise<AuditReport> {
  const { kind, path, leaf } = request;
  switch (kind) {
    case 'log':
      return verifyAuditLog({ ...trust, source: await folderSource(path) });
    case 'export':
      return verifyExport({ ...trust, ...(await devicesOf(request)), chunks: chunksOf(path) });
    case 'record': {
      const record = parseRecordFile(await readBounded(path, MAX_RECORD_FILE_BYTES));
      return verifyRecordFile({ ...trust, ...(await devicesOf(request)), record });
    }
    case 'receipt': {
      const proof = await readBounded(path, MAX_NOTE_FILE_BYTES);
      const record = { leaf: await readBounded(leaf ?? '', limits.maxLogEntryBytes), proof, open: undefined };
      return verifyRecordFile({ ...trust, record });
    }
    case 'fork':
      return verifyForkFile({ ...trust, proof: await readBounded(path, MAX_FORK_BYTES) });
  }
}

async function devicesOf({ directory, federationRoot }: VerifyRequest): Promise<{ readonly devices?: DeviceKeys }> {
  if (directory === undefined || federationRoot === undefined) return {};
  const bundle = await readBounded(directory, limits.maxDirectoryBundleBytes);
  return { devices: directoryKeys(bundle, fromHex(federationRoot)) };
}
