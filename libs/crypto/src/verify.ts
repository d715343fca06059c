/** Hashes, and checks of signatures, keys and commitments: nothing here needs or yields a secret of a client. */
export { actHash, actPayloadHash, verifyActSignature, whyCommitment } from './act-statement.js';
export { checkCommitment, commitGroup, type CommittedGroup, OPENING_BYTES } from './audit-commitment.js';
export { epochCommitment, epochDraw, epochHeadsDigest, epochPosition, nextEpochDigest } from './epoch-commitment.js';
export type { CryptoErrorCode } from './crypto.errors.js';
export {
  hash,
  hmacSha256,
  isEqualConstantTime,
  type KeyBytes,
  keyedHash,
  type KeyedHashInput,
  sha256,
  sha256Stream,
  type Sha256Stream,
} from './hash.js';
export { checkKemKey, checkSigningKey, checkSuite } from './key-checks.js';
export { ProvenSignatures } from './proven-signatures.js';
export type { SignatureCheck, SignedBytes } from './signature-check.js';
export { isSignature, type SignatureClaim, signatureDriver, verifyRaw, verifySignature } from './signature.js';
