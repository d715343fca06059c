import { equalBytes, limits } from '@rogatory/kernel';
import { verifySignature } from '@rogatory/crypto/verify';
import {
  type Acceptance,
  decodeSignedAcceptance,
  decodeSignedInvitation,
  invitationTargets,
  roleMay,
  type SignedInvitation,
  signaturePurposes,
} from '@rogatory/protocol';
import type { ChainState } from './chain-state.js';
import { demand } from './chain.errors.js';
import type { DirectoryLookup } from './directory-lookup.js';
import { invitationHash } from './hashes.js';
import { isStaying } from './link-context.js';
import { isMemberLive } from './liveness.js';

/** The directory to judge by, and the judge's clock in UTC milliseconds. */
export interface JudgedNow {
  readonly view: DirectoryLookup;
  readonly nowMs: number;
}

/**
 * Checks a lead's offer against the root chain: signed by a live member who may invite, for compartments of the case,
 * not expired.
 * @throws CodecError; VerificationError `chain/invitation`, `crypto/signature`.
 */
export function verifyInvitation(root: ChainState, bytes: Uint8Array, { view, nowMs }: JudgedNow): SignedInvitation {
  const signed = decodeSignedInvitation(bytes);
  const { invitation } = signed;
  const sponsor = root.members.device(invitation.sponsorDevice);
  const maySponsor =
    root.isRoot &&
    root.caseId === invitation.caseId &&
    sponsor !== undefined &&
    isStaying(root, sponsor.personId) &&
    roleMay(sponsor.role, 'invite') &&
    isMemberLive(sponsor, view, nowMs);
  demand(maySponsor, 'chain/invitation', 'not by a live member who may invite');
  verifySignature({
    purpose: signaturePurposes.invitation,
    publicKey: sponsor.signingKey,
    message: signed.signedBytes,
    signature: signed.signature,
  });
  const { compartments, time, notAfterMs } = invitation;
  const areOfCase = compartments.every((id) => id === root.compartmentId || root.compartments.has(id));
  demand(areOfCase && compartments.includes(root.compartmentId), 'chain/invitation', 'offers what the case has not');
  demand(!root.isClosed, 'chain/invitation', 'invites to a closed case');
  const isTimely =
    time.timeMs <= nowMs + limits.maxClockSkewMs &&
    nowMs < notAfterMs &&
    notAfterMs <= time.timeMs + limits.maxInvitationMs;
  demand(isTimely, 'chain/invitation', 'expired, or offered for too long');
  return signed;
}

/**
 * Checks an answer against the invitation that it names: by a live device of a person whom it invites and who may hold
 * the role.
 * @throws CodecError; VerificationError `chain/invitation`, `crypto/signature`.
 */
export function verifyAcceptance(offer: SignedInvitation, bytes: Uint8Array, { view, nowMs }: JudgedNow): Acceptance {
  const { acceptance, signedBytes, signature } = decodeSignedAcceptance(bytes);
  const { invitation } = offer;
  const isAnswer =
    acceptance.invitationId === invitation.invitationId &&
    equalBytes(acceptance.invitationHash, invitationHash(offer.signedBytes));
  demand(isAnswer, 'chain/invitation', 'answers another invitation');
  const device = view.device(acceptance.deviceId);
  const isTheirs = device !== undefined && device.personId === acceptance.personId;
  demand(isTheirs && view.isDeviceLive(acceptance.deviceId, nowMs), 'chain/invitation', 'not by a live device');
  const publicKey = device.certificate.signingKey;
  verifySignature({ purpose: signaturePurposes.acceptance, publicKey, message: signedBytes, signature });
  demand(isInvited(offer, acceptance, view), 'chain/invitation', 'answered by somebody else than was invited');
  const mayHold = view.mayHoldRole(acceptance.personId, invitation.role, nowMs);
  demand(mayHold, 'chain/invitation', 'the role is above what the person may hold');
  const isTimely = nowMs < invitation.notAfterMs && acceptance.time.timeMs <= nowMs + limits.maxClockSkewMs;
  demand(isTimely, 'chain/invitation', 'answered after its end');
  return acceptance;
}

function isInvited({ invitation }: SignedInvitation, { personId }: Acceptance, view: DirectoryLookup): boolean {
  const person = view.person(personId);
  if (person === undefined) return false;
  const ids = {
    [invitationTargets.person]: personId,
    [invitationTargets.post]: person.certificate.postId,
    [invitationTargets.authority]: person.authorityId,
  };
  return ids[invitation.target] === invitation.targetId;
}
