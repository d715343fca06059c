import type { ObjectId } from '@rogatory/kernel';
import type {
  AlertReference,
  AlertState,
  BoardEntry,
  EntryBody,
  OperationPlan,
  PlanInstrument,
  PlanStep,
  Readiness,
  SignedEndorsement,
  SignedTime,
  StepMark,
} from '@rogatory/protocol';
import type { OperationRefusalCode } from './operation.errors.js';
import type { RecordAuthor } from './operation-record.js';
import type { OperationStatus } from './operation-status.js';
import type { Tallies } from './board-tally.js';

/** Why a record has no effect on the board though its place in the log is right (docs/spec/operations.md 6). */
export type BoardCode =
  | 'board/correction'
  | 'board/ended'
  | 'board/list-unknown'
  | 'board/mismatch'
  | 'board/not-party'
  | 'board/not-running'
  | 'board/other-state'
  | 'board/plan'
  | 'board/unit'
  | 'board/unknown-alert'
  | 'board/unknown-instrument'
  | 'board/unknown-leg'
  | 'board/unknown-step'
  | 'board/unknown-substance'
  | 'board/unreadable';

/** Where a record stands, who made it, and when they say they did. */
export interface EntryHead {
  readonly objectId: ObjectId;
  readonly itemHash: Uint8Array;
  readonly place: number;
  readonly author: RecordAuthor;
  /** When it happened, by the author's clock. */
  readonly acted: SignedTime;
  /** When it was sealed, by the author's clock. */
  readonly time: SignedTime;
  readonly isQueued: boolean;
  readonly isLate: boolean;
}

/** A line of the running log. */
export interface LogLine extends EntryHead {
  readonly act: string;
  readonly entry?: BoardEntry;
  /** Of the other acts, where they have one. */
  readonly reason?: string;
}

export interface SetAside {
  readonly head: EntryHead;
  readonly act: string;
  readonly code: BoardCode | OperationRefusalCode;
}

/** An entry as it stands after its corrections. */
export interface StandingEntry {
  readonly head: EntryHead;
  /** Absent: it was declared void. */
  readonly body?: EntryBody;
  readonly note: string;
  /** The corrections, in the order of the log; the last one stands. */
  readonly corrections: readonly EntryHead[];
}

export interface BoardStep {
  readonly step: PlanStep;
  readonly mark?: StepMark;
  /** Who made the mark that stands. */
  readonly by?: EntryHead;
  /** Further marks of the same, counted once. */
  readonly duplicates: readonly EntryHead[];
  /** Marks of the same rank that say something else: one of the two must be corrected. */
  readonly contradictions: readonly EntryHead[];
}

export interface BoardInstrument {
  readonly instrument: PlanInstrument;
  readonly readiness: Readiness;
  readonly by?: EntryHead;
}

export interface BoardAlert {
  readonly alert: AlertReference;
  readonly state: AlertState;
  /** The state that holds it, while it is on hold. */
  readonly heldBy?: string;
  /** Changes in the order of the log, with the authority that made each. */
  readonly changes: readonly { readonly head: EntryHead; readonly state: AlertState; readonly authority: string }[];
}

export interface StateProgress {
  readonly state: string;
  readonly steps: number;
  readonly done: number;
  readonly begun: number;
  readonly failed: number;
  readonly notNeeded: number;
}

/** All that the records of an operation say, computed; never sent. */
export interface Board {
  readonly status: OperationStatus;
  /** Absent while no plan can be read. */
  readonly plan?: OperationPlan;
  readonly steps: readonly BoardStep[];
  readonly progress: readonly StateProgress[];
  readonly instruments: readonly BoardInstrument[];
  readonly alerts: readonly BoardAlert[];
  /** In the order of the log; what was corrected stands in its corrected form. */
  readonly entries: readonly StandingEntry[];
  readonly tallies: Tallies;
  readonly log: readonly LogLine[];
  readonly setAside: readonly SetAside[];
  readonly frozen?: BoardFreeze;
  /** As given; whether they hold says `verifyResult`. */
  readonly endorsements: readonly BoardEndorsement[];
}

export interface BoardFreeze {
  readonly head: EntryHead;
  readonly sheetHash: Uint8Array;
  readonly reason: string;
}

export interface BoardEndorsement {
  readonly head: EntryHead;
  readonly signed: SignedEndorsement;
}
