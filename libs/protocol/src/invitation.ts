import {
  type CaseId,
  CodecError,
  type CompartmentId,
  type DeviceId,
  idBytes,
  idFromBytes,
  type InvitationId,
  limits,
  type PersonId,
} from '@rogatory/kernel';
import { ByteReader, ByteWriter, valuesOf } from './codec.js';
import { type HistoryKind, historyKinds } from './member.js';
import { sizes } from './purposes.js';
import { type CaseRole, caseRoles } from './roles.js';
import { readTime, type SignedTime, writeTime } from './signed-time.js';

export const invitationTargets = { person: 1, post: 2, authority: 3 } as const;
export type InvitationTarget = (typeof invitationTargets)[keyof typeof invitationTargets];

/** A lead's signed offer of membership; the lead who signs is its sponsor. It carries no key. */
export interface Invitation {
  readonly invitationId: InvitationId;
  readonly caseId: CaseId;
  /** The compartments offered, the root among them, ascending. */
  readonly compartments: readonly CompartmentId[];
  readonly sponsorDevice: DeviceId;
  readonly target: InvitationTarget;
  readonly targetId: string;
  readonly role: CaseRole;
  readonly history: HistoryKind;
  /** How many persons may accept; 1 unless an authority is invited. */
  readonly uses: number;
  readonly notAfterMs: number;
  readonly time: SignedTime;
}

export interface SignedInvitation {
  readonly invitation: Invitation;
  readonly signedBytes: Uint8Array;
  readonly signature: Uint8Array;
}

/** An invited person's signed answer; the lead's client admits only against it. */
export interface Acceptance {
  readonly invitationId: InvitationId;
  readonly invitationHash: Uint8Array;
  readonly personId: PersonId;
  readonly deviceId: DeviceId;
  readonly time: SignedTime;
}

export interface SignedAcceptance {
  readonly acceptance: Acceptance;
  readonly signedBytes: Uint8Array;
  readonly signature: Uint8Array;
}

const INVITATION_MAGIC = 'RGI1';
const ACCEPTANCE_MAGIC = 'RGJ1';
const MAX_BYTES = 8 * 1024;

export function encodeInvitation(invitation: Invitation): Uint8Array {
  const writer = new ByteWriter().raw(new TextEncoder().encode(INVITATION_MAGIC));
  writer
    .fixed(idBytes(invitation.invitationId), 16)
    .fixed(idBytes(invitation.caseId), 32)
    .u8(invitation.compartments.length);
  for (const id of invitation.compartments) writer.fixed(idBytes(id), 32);
  writer.fixed(idBytes(invitation.sponsorDevice), 16).u8(invitation.target).fixed(idBytes(invitation.targetId), 16);
  writer.u8(invitation.role).u8(invitation.history).u16(invitation.uses).time(invitation.notAfterMs);
  writeTime(writer, invitation.time);
  return writer.finish();
}

export function encodeSignedInvitation(signed: Pick<SignedInvitation, 'signedBytes' | 'signature'>): Uint8Array {
  return new ByteWriter().raw(signed.signedBytes).fixed(signed.signature, sizes.signature).finish();
}

export function decodeSignedInvitation(bytes: Uint8Array): SignedInvitation {
  const reader = new ByteReader(bytes, MAX_BYTES).magic(INVITATION_MAGIC);
  const ids = {
    invitationId: idFromBytes<InvitationId>(reader.fixed(16)),
    caseId: idFromBytes<CaseId>(reader.fixed(32)),
  };
  const invitation: Invitation = {
    ...ids,
    compartments: readCompartments(reader),
    sponsorDevice: idFromBytes<DeviceId>(reader.fixed(16)),
    target: reader.oneOf(reader.u8(), valuesOf(invitationTargets)),
    targetId: reader.hex(16),
    role: reader.oneOf(reader.u8(), valuesOf(caseRoles)),
    history: reader.oneOf(reader.u8(), valuesOf(historyKinds)),
    uses: reader.u16(),
    notAfterMs: reader.time(),
    time: readTime(reader),
  };
  if (invitation.uses === 0 || invitation.uses > limits.maxInvitationUses) throw new CodecError('codec/range', 'uses');
  if (invitation.target !== invitationTargets.authority && invitation.uses !== 1)
    throw new CodecError('codec/range', 'uses');
  const signedBytes = reader.since(0);
  const signature = reader.fixed(sizes.signature);
  reader.end();
  return { invitation, signedBytes, signature };
}

function readCompartments(reader: ByteReader): CompartmentId[] {
  const count = reader.u8();
  if (count === 0 || count > limits.maxCompartmentsPerCase) throw new CodecError('codec/range', 'compartments');
  const ids = Array.from({ length: count }, () => idFromBytes<CompartmentId>(reader.fixed(32)));
  if (ids.some((id, i) => i > 0 && (ids[i - 1] as string) >= id)) throw new CodecError('codec/order', 'not ascending');
  return ids;
}

export function encodeAcceptance(acceptance: Acceptance): Uint8Array {
  const writer = new ByteWriter().raw(new TextEncoder().encode(ACCEPTANCE_MAGIC));
  writer.fixed(idBytes(acceptance.invitationId), 16).fixed(acceptance.invitationHash, sizes.hash);
  writer.fixed(idBytes(acceptance.personId), 16).fixed(idBytes(acceptance.deviceId), 16);
  writeTime(writer, acceptance.time);
  return writer.finish();
}

export function encodeSignedAcceptance(signed: Pick<SignedAcceptance, 'signedBytes' | 'signature'>): Uint8Array {
  return new ByteWriter().raw(signed.signedBytes).fixed(signed.signature, sizes.signature).finish();
}

export function decodeSignedAcceptance(bytes: Uint8Array): SignedAcceptance {
  const reader = new ByteReader(bytes, MAX_BYTES).magic(ACCEPTANCE_MAGIC);
  const acceptance: Acceptance = {
    invitationId: idFromBytes<InvitationId>(reader.fixed(16)),
    invitationHash: reader.fixed(sizes.hash),
    personId: idFromBytes<PersonId>(reader.fixed(16)),
    deviceId: idFromBytes<DeviceId>(reader.fixed(16)),
    time: readTime(reader),
  };
  const signedBytes = reader.since(0);
  const signature = reader.fixed(sizes.signature);
  reader.end();
  return { acceptance, signedBytes, signature };
}
