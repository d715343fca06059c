import { join } from 'node:path';
import { allMigrations } from '@rogatory/api';
import { type AuditEntry, type AuditLog, openAuditLog } from '@rogatory/audit';
import { systemClock, systemRandom } from '@rogatory/kernel';
import { type DatabasePrincipal, openDatabase } from '@rogatory/platform-database';
import pg from 'pg';
import type { WatchedRig } from './watched-rig.js';

/** Works on the database of the running server as its administrator: triggers and foreign keys do not bind the owner. */
export async function besideTheServer(watched: WatchedRig, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const { database } = watched.rig.world.configuration;
  if (database.kind !== 'postgres') throw new Error('nobody else can work on the embedded database');
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    await client.query("SET session_replication_role = 'replica'");
    await work(client);
  } finally {
    await client.end();
  }
}

/**
 * Records something as only the operator can: with the database and all keys of the server, past every check of its
 * requests. The running server's sequencer takes it up like any other record.
 */
export async function recordAsOperator(
  watched: WatchedRig,
  principal: DatabasePrincipal,
  entries: readonly AuditEntry[],
): Promise<void> {
  const { configuration, server } = watched.rig.world;
  if (configuration.database.kind !== 'postgres') throw new Error('nobody else can work on the embedded database');
  const faults: unknown[] = [];
  const onFault = (error: unknown): void => void faults.push(error);
  const database = await openDatabase({ ...configuration.database, poolSize: 2, migrations: allMigrations, onFault });
  try {
    const audit: AuditLog = await openAuditLog({
      ...{ database, clock: systemClock, random: systemRandom, signer: server.features.signer, origin: watched.origin },
      ...{ secretsFolder: join(configuration.dataFolder, 'keys'), onFault },
    });
    await database.write(principal, async (writer) => {
      for (const entry of entries) await audit.recorder.record(writer, entry);
    });
  } finally {
    await database.close();
  }
  if (faults.length > 0) throw faults[0];
}
