import { contexts, type SignedAct, signaturePurposes } from '@rogatory/protocol';
import { commitGroup } from './audit-commitment.js';
import { hash } from './hash.js';
import { verifySignature } from './signature.js';

function lengthOf(value: number): Uint8Array {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, value);
  return out;
}

/** What the next statement of the same device carries as `previousHash`. SPEC: acts 3. */
export function actHash(signedBytes: Uint8Array): Uint8Array {
  return hash(contexts.act, signedBytes);
}

/**
 * What a statement carries as `payloadHash` for the parts it submits, in their order; zero bytes for no part.
 * SPEC: acts 4: H("rogatory/act-payload/v1", count u32 ‖ (len u32 ‖ bytes)*)
 */
export function actPayloadHash(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 0) return new Uint8Array(32);
  return hash(contexts.actPayload, lengthOf(parts.length), ...parts.flatMap((part) => [lengthOf(part.length), part]));
}

/** What a statement carries as `whyCommit`; also the leaf's commitment to the group `why`. SPEC: acts 5. */
export function whyCommitment(opening: Uint8Array, whyBytes: Uint8Array): Uint8Array {
  return commitGroup({ label: 'why', opening, bytes: whyBytes });
}

/** @throws VerificationError `crypto/signature` unless the device signed the statement. */
export function verifyActSignature(signed: SignedAct, devicePublicKey: Uint8Array): void {
  const { signedBytes, signature } = signed;
  const claim = { purpose: signaturePurposes.auditAct, publicKey: devicePublicKey, message: signedBytes, signature };
  verifySignature(claim);
}
