import type { ObjectId, PersonId } from '@rogatory/kernel';
import type { PlanFacts, Vote } from '@rogatory/protocol';

/** How far an operation is (docs/spec/operations.md 3). */
export const operationStages = ['planned', 'pending', 'running', 'suspended', 'aborted', 'finished', 'frozen'] as const;
export type OperationStage = (typeof operationStages)[number];

export interface CastVote {
  readonly vote: Vote;
  readonly personId: PersonId;
  readonly place: number;
}

/** Go/no-go as it is asked; each state's newest vote. */
export interface OperationCall {
  readonly hash: Uint8Array;
  readonly planHash: Uint8Array;
  readonly place: number;
  readonly expiresAtMs: number;
  readonly votes: ReadonlyMap<string, CastVote>;
}

/** A call that is over. */
export interface OperationDecision {
  readonly call: OperationCall;
  readonly outcome: 'go' | 'no-go' | 'expired';
  /** Of the record that decided it. */
  readonly place: number;
}

/** What the facts of an operation's records come to: server and clients compute the same. */
export interface OperationStatus {
  readonly operationId: ObjectId;
  readonly stage: OperationStage;
  /** Of the newest command. */
  readonly version: number;
  /** Latest directory time that a record cited. */
  readonly logTimeMs: number;
  readonly plan: PlanFacts;
  readonly planHash: Uint8Array;
  readonly planPlace: number;
  /** While the operation is pending. */
  readonly call?: OperationCall;
  /** The newest decision. */
  readonly decision?: OperationDecision;
  readonly suspendedBy: ReadonlySet<string>;
  /** Alerts on hold, and the state that holds each. */
  readonly held: ReadonlyMap<ObjectId, string>;
  /** When it was finished or aborted, by the clock of who said so. */
  readonly end?: { readonly outcome: 'finished' | 'aborted'; readonly place: number; readonly timeMs: number };
  readonly freeze?: { readonly hash: Uint8Array; readonly place: number };
  /** Representatives who endorsed a result, and their states; whether their words hold only members can tell. */
  readonly endorsed: ReadonlyMap<PersonId, string>;
  readonly records: number;
}
