import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '@rogatory/kernel';
import { currentShard } from '@rogatory/audit';
import type { Clock } from '@rogatory/kernel';
import type { Configuration } from '@rogatory/platform-config';
import { type Database, openDatabase } from '@rogatory/platform-database';
import { allMigrations } from '../storage-parts.js';

/** The stored parts of a server, for an operator's command. */
export interface StoppedServer {
  readonly database: Database;
  readonly auditOrigin: string;
  readonly directoryOrigin: string;
  readonly signerFolder: string;
  readonly secretsFolder: string;
  close(): Promise<void>;
}

/**
 * Opens what a server stored, and makes or migrates nothing. An embedded database is free only while its server is
 * stopped; a PostgreSQL one is read beside it.
 * @throws UsageError `config/no-server` where no server has run; UnavailableError `files/folder-in-use` while one runs;
 * what `openDatabase` throws.
 */
export async function openStoppedServer(configuration: Configuration, clock: Clock): Promise<StoppedServer> {
  const { database: place, dataFolder, audit } = configuration;
  const secretsFolder = join(dataFolder, 'keys');
  await requireFolder(secretsFolder);
  const folder = place.kind === 'embedded' ? join(place.folder, 'database') : undefined;
  if (folder !== undefined) await requireFolder(folder);
  const database = await openDatabase(
    place.kind === 'embedded'
      ? { kind: 'embedded', folder: join(place.folder, 'database'), migrations: allMigrations, refusesMigrations: true }
      : { ...place, migrations: allMigrations, refusesMigrations: true },
  );
  try {
    const shard = await currentShard(database, clock.nowMs());
    return {
      ...{ database, secretsFolder, signerFolder: audit.signerFolder },
      auditOrigin: `${audit.origin}/log/${shard}`,
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
