import type { ActId, AuthorityId } from '@rogatory/kernel';
import type { FindingId, FindingRule, FindingSeverity } from '@rogatory/findings';
import type { AuditGroup, FindingState } from '@rogatory/protocol';
import type { Reader, Writer } from '@rogatory/platform-database';
import type { SealedOpenings } from '../../domain/stored-record.js';

/** A record of the log with what its openings are sealed as; those that were erased are absent. */
export interface NumberedRecord {
  readonly index: number;
  readonly id: ActId;
  readonly leaf: Uint8Array;
  readonly timeMs: number;
  readonly openings: Pick<SealedOpenings, Exclude<AuditGroup, 'src'>>;
}

/** Where a computation stands. Each that begins at the first record is a pass of its own, from 1 on. */
export interface FindingPlace {
  readonly nextIndex: number;
  readonly pass: number;
  readonly basis: string;
}

/** How far a log was computed, and what the rules remember. */
export interface FindingProgress extends FindingPlace {
  readonly month: string;
  readonly memory: Uint8Array;
}

/** A finding as it is stored: what is searched by, and the sealed rest. */
export interface StoredFinding {
  readonly id: FindingId;
  readonly rule: FindingRule;
  readonly severity: FindingSeverity;
  readonly authorities: readonly AuthorityId[];
  readonly firstIndex: number;
  readonly recordCount: number;
  readonly untilMs: number;
  /** The pass that found it last. */
  readonly pass: number;
  readonly records: readonly ActId[];
  /** Undefined once it was erased with the openings of a record. */
  readonly body: Uint8Array | undefined;
}

/** The newest that an auditor said of a finding. */
export interface StoredVerdict {
  readonly isDismissed: boolean;
  /** With how many records it was judged. */
  readonly recordCount: number;
  readonly timeMs: number;
  /** The record of the verdict, whose `why` holds the reason. */
  readonly recordId: ActId;
}

export interface JudgedFinding extends StoredFinding {
  readonly verdict: StoredVerdict | undefined;
}

export interface FindingSearch {
  /** Whose findings may be told; those of nobody are everybody's. */
  readonly authorities: readonly AuthorityId[];
  readonly rule?: string | undefined;
  readonly state?: FindingState | undefined;
  readonly first: number;
  readonly after?: FindingId | undefined;
}

export interface FindingReader {
  /** Records of the log from an index on, in the order of the log. */
  records(reader: Reader, fromIndex: number, most: number): Promise<readonly NumberedRecord[]>;
  progress(reader: Reader): Promise<FindingProgress | undefined>;
  /** The same without what the rules remember. */
  place(reader: Reader): Promise<FindingPlace | undefined>;
  /** The newest pass that found anything, 0 before the first. */
  lastPass(reader: Reader): Promise<number>;
  /** Newest first. */
  search(reader: Reader, search: FindingSearch): Promise<readonly JudgedFinding[]>;
  /** Of whatever log: the id follows from the records. */
  find(reader: Reader, id: FindingId, authorities: readonly AuthorityId[]): Promise<JudgedFinding | undefined>;
}

export interface FindingWriter {
  /** Adds findings, or puts the newer state of those that are there. MUST keep what auditors said of them. */
  put(writer: Writer, findings: readonly StoredFinding[], auditId: ActId): Promise<void>;
  /**
   * Moves the progress on from where the caller took it up; `from` is undefined where there was none.
   * @returns false when somebody else moved or erased it: then nothing of the transaction may stay.
   */
  move(
    writer: Writer,
    from: Pick<FindingPlace, 'nextIndex' | 'pass'> | undefined,
    progress: FindingProgress,
  ): Promise<boolean>;
  judge(writer: Writer, id: FindingId, verdict: StoredVerdict): Promise<void>;
}
