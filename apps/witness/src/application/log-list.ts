import type { VerifierKey } from '@rogatory/tlog';
import type { DirectorySource } from './directory-source.js';

/** The logs that a witness follows. */
export interface LogList {
  /**
   * Keys of a log, several while it changes its key; none for one that is not followed, nor for a directory whose entries
   * nobody said where to read.
   */
  keysOf(origin: string): Promise<readonly VerifierKey[]>;
  /** The followed log whose origin has this SHA-256, in hexadecimal; undefined for none. */
  originOf(hash: string): Promise<string | undefined>;
  /** Where the entries of a log are that is a directory; undefined for other logs. */
  directoryOf(origin: string): Promise<DirectorySource | undefined>;
}
