import type { ActId, Brand } from '@rogatory/kernel';
import {
  type Act,
  type AuditEventCode,
  type AuditOutcome,
  type AuditSource,
  type AuditWhat,
  type AuditWho,
  auditActorKinds,
  auditObjectKinds,
  type Why,
} from '@rogatory/protocol';

/** A reason as the device sent it: the bytes it committed to and the opening that shows so. */
export interface GivenWhy {
  readonly bytes: Uint8Array;
  readonly opening: Uint8Array;
  readonly why: Why;
}

/** A signed act that `verifyAct` found to be the caller's own statement about exactly this operation. */
export type VerifiedAct = Brand<
  {
    readonly act: Act;
    /** Statement and signature, as received. */
    readonly bytes: Uint8Array;
    readonly why: GivenWhy | undefined;
  },
  'VerifiedAct'
>;

/** What is to be recorded of one act, read, attempt or delivery. */
export interface AuditEntry {
  /** The act's id; a fresh one where there is no act. */
  readonly id: ActId;
  readonly event: AuditEventCode;
  readonly outcome: AuditOutcome;
  /** Code of the refusal or error; "ok" exactly when allowed. */
  readonly reasonCode: string;
  readonly who: AuditWho;
  readonly what: AuditWhat;
  /** Demanded where the event has the group `src`. */
  readonly source?: AuditSource;
  /** Demanded where the event has the group `act` and the outcome is allowed; its reason is the group `why`. */
  readonly act?: VerifiedAct;
}

/** The server itself as an actor. */
export const systemActor: AuditWho = { kind: auditActorKinds.system, state: 'EU', caseRole: 0 };

/** A caller that has proven nothing. */
export const unprovenActor: AuditWho = { kind: auditActorKinds.unproven, state: 'EU', caseRole: 0 };

/** Facts of an act that concerns no case and no object; spread it and add what is known. */
export const nothingConcerned: AuditWhat = {
  objectKind: auditObjectKinds.none,
  version: 0,
  bytes: 0,
  count: 0,
  recipients: [],
  detail: '',
};

/** What a caller tells of an act besides the act itself. */
export interface RecordFacts {
  readonly who: AuditWho;
  readonly what: AuditWhat;
  readonly source: AuditSource;
}

/** The entry of an act that is carried out. */
export function allowedEntry(act: VerifiedAct, facts: RecordFacts): AuditEntry {
  return { id: act.act.actId, event: act.act.operation, outcome: 'allowed', reasonCode: 'ok', ...facts, act };
}

/** The entry of an act that is refused, with the code of the refusal. */
export function deniedEntry(act: VerifiedAct, facts: RecordFacts, reasonCode: string): AuditEntry {
  return { ...allowedEntry(act, facts), outcome: 'denied', reasonCode };
}
