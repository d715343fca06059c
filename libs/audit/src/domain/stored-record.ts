import type { ActId, AuthorityId, CaseId, CompartmentId, DeviceId, ObjectId, PersonId } from '@rogatory/kernel';
import type { AuditClass, AuditEventCode, AuditGroup, AuditOutcome, LegalBasis } from '@rogatory/protocol';

export const auditGroups: readonly AuditGroup[] = ['who', 'what', 'why', 'src', 'act'];

/** One row to be stored: the leaf, what is searched by, and the sealed openings. */
export interface NewRecord {
  readonly id: ActId;
  readonly shard: string;
  readonly leaf: Uint8Array;
  readonly timeMs: number;
  readonly event: AuditEventCode;
  readonly class: AuditClass;
  readonly outcome: AuditOutcome;
  readonly state: string;
  readonly actorPerson: PersonId | undefined;
  readonly actorDevice: DeviceId | undefined;
  readonly actorAuthority: AuthorityId | undefined;
  readonly ownerAuthority: AuthorityId | undefined;
  readonly caseId: CaseId | undefined;
  readonly compartmentId: CompartmentId | undefined;
  readonly objectId: ObjectId | undefined;
  readonly legalBasis: LegalBasis | undefined;
  /** Counter of the signed act, unique per device. */
  readonly actCounter: number | undefined;
  readonly openings: SealedOpenings;
}

/** Opening and bytes of each group, sealed under the key of the month. */
export type SealedOpenings = { readonly [Group in AuditGroup]?: Uint8Array };

/** A record as its reader gets it from storage. */
export interface StoredRecord {
  readonly id: ActId;
  /** Name of the log that it is in. */
  readonly shard: string;
  readonly leaf: Uint8Array;
  readonly timeMs: number;
  /** Index in the log; undefined while it waits for the sequencer. */
  readonly index: number | undefined;
  /** Empty where the reader may see the leaf only, or where the openings were erased. */
  readonly openings: SealedOpenings;
}
