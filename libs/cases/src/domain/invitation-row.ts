import type { ActId, CaseId, DeviceId, InvitationId, PersonId } from '@rogatory/kernel';
import type { InvitationTarget } from '@rogatory/protocol';

/** A stored invitation; its signed bytes are the truth, the other fields what is searched and counted by. */
export interface InvitationRow {
  readonly invitationId: InvitationId;
  readonly caseId: CaseId;
  readonly sponsorPerson: PersonId;
  readonly target: InvitationTarget;
  readonly targetId: string;
  readonly usesLeft: number;
  readonly isRevoked: boolean;
  readonly notAfterMs: number;
  readonly bytes: Uint8Array;
  readonly receivedAtMs: number;
}

export interface NewInvitation extends InvitationRow {
  readonly auditId: ActId;
}

export interface NewAcceptance {
  readonly invitationId: InvitationId;
  readonly personId: PersonId;
  readonly deviceId: DeviceId;
  readonly bytes: Uint8Array;
  readonly receivedAtMs: number;
  readonly auditId: ActId;
}

/** An invitation with the answers that its reader may see. */
export interface InvitationEntry {
  readonly invitation: InvitationRow;
  readonly acceptances: readonly Uint8Array[];
}
