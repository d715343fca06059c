import { join } from 'node:path';
import { auditMigrations } from '@rogatory/audit';
import { caseMigrations } from '@rogatory/cases';
import { directoryMigrations } from '@rogatory/directory';
import { documentMigrations } from '@rogatory/documents';
import { operationMigrations } from '@rogatory/operations';
import { taskMigrations } from '@rogatory/tasks';
import { loginMigrations } from '@rogatory/login';
import { type BlobStore, FolderBlobStore } from '@rogatory/platform-blobs';
import { type Bus, LocalBus, PostgresBus } from '@rogatory/platform-bus';
import type { Configuration } from '@rogatory/platform-config';
import { type Database, type Migration, openDatabase } from '@rogatory/platform-database';

/** Where the server keeps things, opened and up to date. */
export interface StorageParts {
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly bus: Bus;
}

/** All migrations, in the order in which features refer to each other. */
export const allMigrations: readonly Migration[] = [
  ...auditMigrations,
  ...directoryMigrations,
  ...loginMigrations,
  ...caseMigrations,
  ...documentMigrations,
  ...taskMigrations,
  ...operationMigrations,
];

/** Opens database, blobs and bus as configured. @throws whatever one of them throws; nothing stays open then. */
export async function openStorage(
  configuration: Configuration,
  onFault: (error: unknown) => void,
): Promise<StorageParts> {
  const { database: place, blobs, profile } = configuration;
  const database = await openDatabase(
    place.kind === 'embedded'
      ? { kind: 'embedded', folder: join(place.folder, 'database'), migrations: allMigrations, onFault }
      : { ...place, requiresDurability: profile !== 'demo', migrations: allMigrations, onFault },
  );
  let bus: Bus | undefined;
  try {
    bus = place.kind === 'embedded' ? new LocalBus(onFault) : await PostgresBus.open({ url: place.url, onFault });
    return { database, blobs: await FolderBlobStore.open(blobs.folder), bus };
  } catch (error) {
    await bus?.close();
    await database.close();
    throw error;
  }
}
