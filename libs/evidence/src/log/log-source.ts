import type { TileReader } from '@rogatory/tlog';

/** The static files of a log: a folder, or a server. Nothing read from it is trusted. */
export interface LogSource extends TileReader {
  /** The newest signed checkpoint; undefined when there is none. */
  readCheckpoint(): Promise<Uint8Array | undefined>;
}
