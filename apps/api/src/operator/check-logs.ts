import { type LogReport, logCheck, openAuditLogCheck, readFolderSigner } from '@rogatory/audit';
import { directoryLogOf } from '@rogatory/directory';
import type { RandomBytes } from '@rogatory/kernel';
import type { StoppedServer } from './stopped-server.js';

/** Records at the end of each log that are checked; all where absent. */
export interface CheckLogsScope {
  readonly tailRecords?: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Checks all logs of a server as they are stored; changes nothing. @throws what `openAuditLogCheck` throws. */
export async function checkLogs(
  server: StoppedServer,
  random: RandomBytes,
  { tailRecords, ...scope }: CheckLogsScope,
): Promise<readonly LogReport[]> {
  const { database, auditOrigin, pastOrigins, directoryOrigin, signerFolder, secretsFolder } = server;
  const auditOrigins = [auditOrigin, ...pastOrigins];
  const signer = await readFolderSigner(signerFolder, [...auditOrigins, directoryOrigin]);
  const audits = await Promise.all(
    auditOrigins.map((origin) => openAuditLogCheck({ database, signer, origin, secretsFolder, random })),
  );
  const directory = logCheck({ database, signer, log: directoryLogOf(directoryOrigin) });
  const reports: LogReport[] = [];
  for (const check of [...audits, directory]) {
    reports.push(
      await check.run({ ...scope, ...(tailRecords === undefined ? {} : { tail: { records: tailRecords } }) }),
    );
  }
  return reports;
}
