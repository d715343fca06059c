import type { LogSource } from '@rogatory/evidence';
import type { Transport } from '../transport/transport.js';

/**
 * The log files that a server offers below a path such as "audit/log/2026h2".
 * @param accessToken tiles of the audit log go to auditors only; its checkpoint to anybody.
 */
export function serverLogSource(
  transport: Transport,
  prefix: string,
  accessToken: () => Promise<string | undefined>,
): LogSource {
  const read = async (path: string): Promise<Uint8Array | undefined> =>
    transport.getFile(`${prefix}/${path}`, await accessToken());
  return { readCheckpoint: () => transport.getFile(`${prefix}/checkpoint`), readTile: read };
}
