import type { CompartmentId, DeviceId } from '@rogatory/kernel';
import type { SigningKey } from '@rogatory/crypto/sign';
import {
  type Complaint,
  type ComplaintKind,
  complaintKinds,
  encodeComplaint,
  encodeHeartbeat,
  encodeSignedComplaint,
  encodeSignedHeartbeat,
  type ChainHead,
  type Heartbeat,
  signaturePurposes,
  type SignedTime,
  sizes,
} from '@rogatory/protocol';

/** A device's signed word on the heads it has verified, encoded; made at least daily. */
export function makeHeartbeat(heartbeat: Heartbeat, signingKey: SigningKey): Uint8Array {
  const signedBytes = encodeHeartbeat(heartbeat);
  return encodeSignedHeartbeat({ signedBytes, signature: signingKey.sign(signaturePurposes.heartbeat, signedBytes) });
}

/** What a device found wrong with the box of a link. */
export type BoxFault =
  | { readonly kind: 'missing' }
  /** The box that the link commits to, by its hash. */
  | { readonly kind: 'does-not-open' | 'wrong-key'; readonly boxHash: Uint8Array };

const faultKinds: Readonly<Record<BoxFault['kind'], ComplaintKind>> = {
  missing: complaintKinds.missing,
  'does-not-open': complaintKinds.doesNotOpen,
  'wrong-key': complaintKinds.wrongKey,
};

export interface ComplaintInput {
  readonly deviceId: DeviceId;
  readonly compartmentId: CompartmentId;
  readonly link: ChainHead;
  readonly epoch: number;
  readonly fault: BoxFault;
  readonly time: SignedTime;
}

/** A signed complaint, encoded: names the link and box, reveals no secret. */
export function makeComplaint(input: ComplaintInput, signingKey: SigningKey): Uint8Array {
  const { fault, ...place } = input;
  const boxHash = fault.kind === 'missing' ? new Uint8Array(sizes.hash) : fault.boxHash;
  const complaint: Complaint = { ...place, kind: faultKinds[fault.kind], boxHash };
  const signedBytes = encodeComplaint(complaint);
  return encodeSignedComplaint({ signedBytes, signature: signingKey.sign(signaturePurposes.complaint, signedBytes) });
}
