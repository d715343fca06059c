import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '@rogatory/kernel';
import { storedLogs, type Witnesses } from '@rogatory/audit';
import type { Clock } from '@rogatory/kernel';
import type { Configuration } from '@rogatory/platform-config';
import { type Database, openDatabase } from '@rogatory/platform-database';
import { silentLog } from '@rogatory/platform-telemetry';
import { allMigrations } from '../storage-parts.js';
import { readWitnesses } from '../witnesses.js';

/** The stored parts of a server, for an operator's command. */
export interface StoppedServer {
  readonly database: Database;
  readonly auditOrigin: string;
  /** Origins of the logs before it, the earliest first. */
  readonly pastOrigins: readonly string[];
  readonly directoryOrigin: string;
  readonly signerFolder: string;
  readonly secretsFolder: string;
  /** What stands before the name of a log in its origin. */
  readonly place: string;
  readonly witnesses: Witnesses | undefined;
  close(): Promise<void>;
}

/**
 * Opens what a server stored, and makes or migrates nothing unless told to. An embedded database is free only while its server is
 * stopped; a PostgreSQL one is read beside it.
 * @throws UsageError `config/no-server` where no server has run; UnavailableError `files/folder-in-use` while one runs;
 * what `openDatabase` throws.
 */
export async function openStoppedServer(
  configuration: Configuration,
  clock: Clock,
  { refusesMigrations = true }: { readonly refusesMigrations?: boolean } = {},
): Promise<StoppedServer> {
  const { database: settings, dataFolder, audit } = configuration;
  const secretsFolder = join(dataFolder, 'keys');
  await requireFolder(secretsFolder);
  const witnesses = await readWitnesses(audit.policyFile, { log: silentLog });
  const folder = settings.kind === 'embedded' ? join(settings.folder, 'database') : undefined;
  if (folder !== undefined) await requireFolder(folder);
  const database = await openDatabase(
    settings.kind === 'embedded'
      ? { kind: 'embedded', folder: join(settings.folder, 'database'), migrations: allMigrations, refusesMigrations }
      : { ...settings, migrations: allMigrations, refusesMigrations },
  );
  try {
    const place = `${audit.origin}/log`;
    const { origin: auditOrigin, ends } = await storedLogs(database, place, clock.nowMs());
    return {
      ...{ database, secretsFolder, signerFolder: audit.signerFolder, place, witnesses },
      ...{ auditOrigin, pastOrigins: ends.map(({ shard }) => `${place}/${shard}`) },
      directoryOrigin: `${audit.origin}/directory`,
      close: () => database.close(),
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function requireFolder(path: string): Promise<void> {
  await access(path).catch((cause: unknown) => {
    throw new UsageError('config/no-server', 'no server has run with this data folder', { cause });
  });
}
