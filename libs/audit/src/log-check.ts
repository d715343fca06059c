import { join } from 'node:path';
import { limits, parseActId, type RandomBytes } from '@rogatory/kernel';
import type { Database } from '@rogatory/platform-database';
import { loadSecret } from '@rogatory/platform-files';
import { CheckLog, type RecordParts } from './application/check/check-log.js';
import type { LogSigner } from './application/log/log-signer.js';
import type { TransparencyLog } from './application/log/transparency-log.js';
import { MonthKeys } from './application/month-keys.js';
import { SqlLogCheckStore, storedCheckpoints } from './storage/sql-log-check.store.js';
import { AuditLeafSource } from './storage/sql-leaf-sources.js';
import { SqlLogTreeStore } from './storage/sql-log-tree.store.js';
import { SqlMonthKeyStore } from './storage/sql-month-key.store.js';
import { SqlRecordMarks } from './storage/sql-record-marks.js';

export interface LogCheckOptions {
  readonly database: Pick<Database, 'read'>;
  readonly log: TransparencyLog;
  readonly signer: LogSigner;
  /** Where the log is the audit log. */
  readonly records?: RecordParts;
}

/** The check of one log of a server. */
export function logCheck({ database, log, signer, records }: LogCheckOptions): CheckLog {
  return new CheckLog({
    ...{ database, log, logKeys: signer.keys(log.origin), checkpoints: storedCheckpoints },
    signedHead: () => signer.signedHead(log.origin),
    ...(records && { records }),
    pause: () => new Promise((resolve) => setImmediate(resolve)),
  });
}

export interface AuditLogCheckOptions {
  readonly database: Database;
  readonly signer: LogSigner;
  readonly origin: string;
  readonly secretsFolder: string;
  readonly random: RandomBytes;
}

/**
 * The check of an audit log for somebody who does not run it: claims nothing and makes no key.
 * @throws InternalError `files/secret` when the key that opens the openings is not there.
 */
export async function openAuditLogCheck(options: AuditLogCheckOptions): Promise<CheckLog> {
  const { database, signer, origin, secretsFolder, random } = options;
  const wrappingKey = await loadSecret(join(secretsFolder, 'audit-openings.key'));
  const monthKeys = new MonthKeys(database, new SqlMonthKeyStore(), wrappingKey, random);
  return logCheck({ database, signer, log: auditLogOf(origin), records: auditRecords(origin, monthKeys) });
}

/** The audit log of an origin as it is stored. */
export function auditLogOf(origin: string): TransparencyLog {
  const leaves = new AuditLeafSource(shardOf(origin));
  return { origin, tree: new SqlLogTreeStore(origin), leaves, keepCheckpointsEveryMs: limits.checkpointHistoryMs };
}

/** What is checked of audit records beside their leaves. */
export function auditRecords(origin: string, monthKeys: Pick<MonthKeys, 'find'>): RecordParts {
  const marks = new SqlRecordMarks();
  return {
    store: new SqlLogCheckStore(shardOf(origin)),
    monthKeys,
    erased: async (reader, recordIds) => {
      const marked = await marks.of(reader, recordIds.map(parseActId));
      return (recordId, group) =>
        marked.get(parseActId(recordId))?.erased.some(({ groups }) => groups.includes(group)) === true;
    },
  };
}

function shardOf(origin: string): string {
  return origin.slice(origin.lastIndexOf('/') + 1);
}
