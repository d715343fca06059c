import type { Database, JobPrincipal } from '@rogatory/platform-database';
import type { LeafSource, LogTreeStore } from './log-tree.store.js';

/** One transparency log of the server: the audit log of a half-year, or the directory. */
export interface TransparencyLog {
  /** Origin line of its checkpoints; also the name of its signing key. */
  readonly origin: string;
  readonly tree: LogTreeStore;
  readonly leaves: LeafSource;
  /** Signed heads are kept this far apart besides the newest; 0 keeps all. */
  readonly keepCheckpointsEveryMs: number;
}

/** Numbers records and stores what is derived from them. */
export const sequencerPrincipal: JobPrincipal = { kind: 'job', job: 'audit-sequencer', role: 'rogatory_sequencer' };
/** Reads log files for those who ask for them. */
export const logReaderPrincipal: JobPrincipal = { kind: 'job', job: 'audit-log-reader' };

/** What of the database the logs use: they never write on behalf of a person. */
export type LogDatabase = Pick<Database, 'read' | 'writeUnaudited'>;
