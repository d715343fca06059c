import { equalBytes } from '@rogatory/kernel';
import type { Member } from '@rogatory/protocol';
import { demand } from './chain.errors.js';
import type { DirectoryLookup } from './directory-lookup.js';

/**
 * SPEC: chains 4.2 — an added leaf equals a certificate that lives in the directory at dirHead, its role within the
 * person's ceiling. The end of a membership is a lead's choice of its own; certificates end by themselves.
 * @throws VerificationError `chain/leaf`, `chain/not-live`, `chain/role-ceiling`.
 */
export function checkLeaf(member: Member, view: DirectoryLookup, atMs: number): void {
  const device = view.device(member.deviceId);
  const person = view.person(member.personId);
  const authority = view.authority(member.authorityId)?.record;
  const isCertified =
    device !== undefined &&
    device.personId === member.personId &&
    equalBytes(device.certificate.signingKey, member.signingKey) &&
    equalBytes(device.kemKeyHash, member.kemKeyHash) &&
    equalBytes(device.certificateHash, member.certificateHash) &&
    person?.authorityId === member.authorityId &&
    person.certificate.postId === member.postId &&
    authority?.state === member.state &&
    authority.kind === member.authorityKind;
  demand(isCertified, 'chain/leaf', 'a member leaf differs from its certificate');
  const isLive = atMs < member.notAfterMs && view.isDeviceLive(member.deviceId, atMs);
  demand(isLive, 'chain/not-live', 'an added device or its person is not live');
  const mayHold = view.mayHoldRole(member.personId, member.role, atMs);
  demand(mayHold, 'chain/role-ceiling', 'the role is above what the person may hold');
}
