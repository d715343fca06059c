import type { TileReader } from '@rogatory/tlog';
import type { Transport } from '../transport/transport.js';

/** The static files of a log: a folder, or a server. Nothing read from it is trusted. */
export interface LogSource extends TileReader {
  /** The newest signed checkpoint; undefined when there is none. */
  readCheckpoint(): Promise<Uint8Array | undefined>;
}

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
