import type { VerifierKey } from '@rogatory/tlog';

/** The logs that a witness follows. */
export interface LogList {
  /** Keys of a log, several while it changes its key; none for one that is not followed. */
  keysOf(origin: string): Promise<readonly VerifierKey[]>;
  /** The followed log whose origin has this SHA-256, in hexadecimal; undefined for none. */
  originOf(hash: string): Promise<string | undefined>;
}
