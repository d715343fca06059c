import { join } from 'node:path';
import { openDatabase } from '@rogatory/platform-database';
import { startPostgres } from '../setup/postgres.mjs';

/** @typedef {import('@rogatory/platform-database').Database} Database */
/** @typedef {import('@rogatory/platform-database').Migration} Migration */
/** @typedef {{ database: Database, url: string | undefined, close: () => Promise<void> }} OpenedEngine */

/** What was acknowledged is on disk, as in production; tests do without. */
const durable = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  shared_buffers: '256MB',
  max_wal_size: '4GB',
};

/** @returns {ReturnType<typeof startPostgres>} undefined when there are no binaries */
export function durablePostgres() {
  return startPostgres(durable);
}

/**
 * A durable database of the kind, empty, or undefined where the machine has none.
 * @param {'postgres' | 'embedded'} kind
 * @param {{ folder: string, migrations: readonly Migration[] }} options
 * @returns {Promise<OpenedEngine | undefined>}
 */
export async function openEngine(kind, { folder, migrations }) {
  if (kind === 'embedded') {
    const database = await openDatabase({ kind, folder: join(folder, 'embedded'), migrations });
    return { database, url: undefined, close: () => database.close() };
  }
  const server = await durablePostgres();
  if (server === undefined) return undefined;
  const database = await openDatabase({ kind, url: server.url, migrations });
  const close = async () => {
    await database.close();
    await server.stop();
  };
  return { database, url: server.url, close };
}
