import { concatBytes } from '@rogatory/kernel';
import { contexts, signaturePurposes, sizes, type SignaturePurpose } from '@rogatory/protocol';
import { ed25519 } from '#ed25519';
import { contextError, signatureError } from './crypto.errors.js';
import { contextPrefix } from './hash.js';

const purposeNumbers: ReadonlySet<number> = new Set(Object.values(signaturePurposes));

/**
 * The bytes that a signature covers. Whoever signs outside this library (a browser's non-extractable key) signs these.
 * @throws UsageError `crypto/context` for a purpose outside the registry.
 */
export function signatureInput(purpose: SignaturePurpose, message: Uint8Array): Uint8Array {
  if (!purposeNumbers.has(purpose)) throw contextError();
  const head = new Uint8Array(5);
  head[0] = purpose;
  new DataView(head.buffer).setUint32(1, message.length);
  // SPEC: conventions: Ed25519 over "rogatory/sig/v1\0" ‖ purpose u8 ‖ len u32 ‖ bytes
  return concatBytes(contextPrefix(contexts.signature), head, message);
}

/** Whether bytes could be read as a framed signature input; such bytes are never signed or accepted unframed. */
export function isFramed(message: Uint8Array): boolean {
  const prefix = contextPrefix(contexts.signature);
  return message.length >= prefix.length && prefix.every((byte, i) => message[i] === byte);
}

/** Which build of libsodium makes and checks signatures in this process. All give the same verdicts. */
export const signatureDriver = ed25519.driver;

/** Strict Ed25519 over the bytes as they are, framed or not; a no for whatever is of a wrong length. */
export function verifyBytes(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== sizes.signingKey || signature.length !== sizes.signature) return false;
  return ed25519.verify(publicKey, message, signature);
}

export interface SignatureClaim {
  readonly purpose: SignaturePurpose;
  /** 32 bytes, checked with `checkSigningKey` when the key was admitted. */
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

/**
 * Whether the signature holds for this purpose and no other. Strict Ed25519 (RFC 8032, libsodium's verdict): canonical S
 * below the group order, no key or R of small order, no second encoding. Never throws on hostile bytes.
 * @throws UsageError `crypto/context` for a purpose outside the registry.
 */
export function isSignature(claim: SignatureClaim): boolean {
  return verifyBytes(claim.publicKey, signatureInput(claim.purpose, claim.message), claim.signature);
}

/** As `isSignature`. @throws VerificationError `crypto/signature` when it does not hold. */
export function verifySignature(claim: SignatureClaim): void {
  if (!isSignature(claim)) throw signatureError();
}

/**
 * Strict Ed25519 over bare bytes, for C2SP notes and cosignatures only. Bytes that begin like a framed signature are
 * refused, so that nothing signed for a purpose verifies here.
 */
export function verifyRaw(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  return !isFramed(message) && verifyBytes(publicKey, message, signature);
}
