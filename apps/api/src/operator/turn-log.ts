import { openFolderSigner, readFolderSigner, settleLogs, shardNameOf, successorOf, type Turn } from '@rogatory/audit';
import { encodeVerifierKey } from '@rogatory/tlog';
import type { RecoveryWorld } from './recover-log.js';
import type { StoppedServer } from './stopped-server.js';

/** A log of a server, and the key by which witnesses and verifiers know it. */
export interface ShownLog {
  readonly origin: string;
  readonly key: string;
}

/** The audit logs of a server: those that ended, the one that takes records, and the one that will follow it. */
export interface ShownLogs {
  readonly past: readonly ShownLog[];
  readonly current: ShownLog;
  readonly next: ShownLog;
}

/**
 * Shows the logs with their keys, and makes the key of the next one where there is none: witnesses take it up before the log turns.
 * @throws InternalError `files/secret` on a key of a past log that is missing.
 */
export async function showLogs(
  { signerFolder: folder, auditOrigin, pastOrigins, place }: StoppedServer,
  { clock, random }: RecoveryWorld,
): Promise<ShownLogs> {
  const next = `${place}/${successorOf(shardNameOf(auditOrigin), clock.nowMs())}`;
  const signer = await readFolderSigner(folder, [...pastOrigins, auditOrigin]);
  const made = await openFolderSigner({ folder, origins: [next], random });
  const shown = (origin: string): ShownLog => {
    const keys = (origin === next ? made : signer).keys(origin);
    return { origin, key: keys.map(encodeVerifierKey).join(' ') };
  };
  return { past: pastOrigins.map(shown), current: shown(auditOrigin), next: shown(next) };
}

/**
 * Ends the log of a server and begins the next one, or goes on with a turn that was cut off.
 * @returns undefined where nothing was ever numbered in it: then there is nothing to end.
 * @throws UnavailableError `audit/turn-unwitnessed` while a quorum of witnesses does not know the next log.
 */
export async function turnLog(server: StoppedServer, { clock, random }: RecoveryWorld): Promise<Turn | undefined> {
  const { database, secretsFolder, signerFolder: folder, witnesses, place } = server;
  const { turn } = await settleLogs(
    {
      ...{ database, clock, random, secretsFolder, witnesses, place },
      databaseRecorder: database.claimAuditRecorder(),
      openSigner: (origins) => openFolderSigner({ folder, origins, random }),
    },
    true,
  );
  return turn;
}
