import { limits, type RandomBytes } from '@rogatory/kernel';
import { openAbandonment, type VerifierKey } from '@rogatory/tlog';
import type { Database } from '@rogatory/platform-database';
import { CheckLog, type RecordParts } from './application/check/check-log.js';
import { explainedGaps } from './application/check/explained-gaps.js';
import type { LogSigner } from './application/log/log-signer.js';
import type { TransparencyLog } from './application/log/transparency-log.js';
import { MonthKeys } from './application/month-keys.js';
import { FolderMonthKeys } from './storage/folder-month-keys.js';
import { SqlLogCheckStore, storedCheckpoints } from './storage/sql-log-check.store.js';
import { AuditLeafSource } from './storage/sql-leaf-sources.js';
import { SqlLogTreeStore } from './storage/sql-log-tree.store.js';
import { SqlShardStore } from './storage/sql-shard.store.js';
import { SqlMonthKeyStore } from './storage/sql-month-key.store.js';

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
    abandonedSize: () => abandonedSize(database, { origin: log.origin, logKeys: signer.keys(log.origin) }),
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
 * A month whose key is not there is a finding. @throws InternalError `files/secret` for a file that is no key.
 */
export async function openAuditLogCheck(options: AuditLogCheckOptions): Promise<CheckLog> {
  const { database, signer, origin, secretsFolder, random } = options;
  const wrappingKeys = new FolderMonthKeys(secretsFolder, random);
  const monthKeys = new MonthKeys(database, new SqlMonthKeyStore(), wrappingKeys, random);
  return logCheck({ database, signer, log: auditLogOf(origin), records: auditRecords(database, origin, monthKeys) });
}

/** The audit log of an origin as it is stored. */
export function auditLogOf(origin: string): TransparencyLog {
  const leaves = new AuditLeafSource(shardOf(origin));
  return { origin, tree: new SqlLogTreeStore(origin), leaves, keepCheckpointsEveryMs: limits.checkpointHistoryMs };
}

/** What is checked of audit records beside their leaves. */
export function auditRecords(
  database: Pick<Database, 'read'>,
  origin: string,
  monthKeys: Pick<MonthKeys, 'find'>,
): RecordParts {
  const shard = shardOf(origin);
  const store = new SqlLogCheckStore(shard);
  const explained = async () => {
    const found = await database.read({ kind: 'job', job: 'audit-check' }, (reader) => store.explaining(reader));
    return explainedGaps(shard, found, monthKeys);
  };
  return { store, monthKeys, explained };
}

/** The database alone is not believed: only what the signer said of the log. */
async function abandonedSize(
  database: Pick<Database, 'read'>,
  trust: { readonly origin: string; readonly logKeys: readonly VerifierKey[] },
): Promise<number | undefined> {
  const end = await database.read({ kind: 'job', job: 'audit-check' }, (reader) =>
    new SqlShardStore().endOf(reader, shardOf(trust.origin)),
  );
  return end?.note && openAbandonment(end.note, trust).size;
}

function shardOf(origin: string): string {
  return origin.slice(origin.lastIndexOf('/') + 1);
}
