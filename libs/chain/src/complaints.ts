import { equalBytes } from '@rogatory/kernel';
import { verifySignature } from '@rogatory/crypto/verify';
import { type Complaint, decodeSignedComplaint, type SignedComplaint, signaturePurposes } from '@rogatory/protocol';
import { type ChainState, hadHead, isEpochGranted } from './chain-state.js';
import { demand } from './chain.errors.js';
import { complaintHash } from './hashes.js';

/**
 * A complaint as it stands at a state: by a member device, about a link of this chain and an epoch that its person was
 * granted.
 * @throws CodecError; VerificationError `chain/complaint`, `crypto/signature`.
 */
export function verifyComplaint(state: ChainState, bytes: Uint8Array): SignedComplaint {
  const signed = decodeSignedComplaint(bytes);
  const { complaint } = signed;
  const member = state.members.device(complaint.deviceId);
  demand(member !== undefined, 'chain/complaint', 'a complaint by a device that is not a member');
  verifySignature({
    purpose: signaturePurposes.complaint,
    publicKey: member.signingKey,
    message: signed.signedBytes,
    signature: signed.signature,
  });
  const concernsUs =
    complaint.compartmentId === state.compartmentId &&
    hadHead(state, complaint.link) &&
    complaint.epoch >= 1 &&
    complaint.epoch <= state.epoch &&
    isEpochGranted(state, member.personId, complaint.epoch);
  demand(concernsUs, 'chain/complaint', 'a complaint about nothing of this chain');
  return signed;
}

/**
 * The complaint that a link cites as its cause.
 * @throws VerificationError `chain/cause` when it is not at hand or not the one cited; as `verifyComplaint`.
 */
export function citedComplaint(
  state: ChainState,
  hash: Uint8Array,
  find: ((hash: Uint8Array) => Uint8Array | undefined) | undefined,
): Complaint {
  const bytes = find?.(hash);
  demand(bytes !== undefined, 'chain/cause', 'cites a complaint that is not at hand');
  const signed = verifyComplaint(state, bytes);
  demand(equalBytes(complaintHash(signed.signedBytes), hash), 'chain/cause', 'cites another complaint');
  return signed.complaint;
}
