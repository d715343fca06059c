import { concatBytes, limits, type RandomBytes, type Secret } from '@rogatory/kernel';
import { contexts, sizes } from '@rogatory/protocol';
import { lengthError, openError, randomError } from './crypto.errors.js';
import { contextPrefix, hash, isEqualConstantTime, keyedHash } from './hash.js';
import { sodium } from './sodium.js';

/** What a sealed value is longer than its plaintext: nonce 24, commitment 32, tag 16. */
export const SEAL_OVERHEAD_BYTES = sizes.nonce + sizes.commitment + sizes.tag;

const COMMITMENT_END = sizes.nonce + sizes.commitment;

/** Exactly `length` bytes of the source, or none: a short read must never become a predictable key or nonce. */
export function drawRandom(random: RandomBytes, length: number): Uint8Array {
  const bytes = random(length);
  if (bytes.length !== length) throw randomError();
  return bytes;
}

interface Place {
  /** `context ‖ 0x00`, and the purpose where the context has several. */
  readonly domain: Uint8Array;
  readonly nonce: Uint8Array;
  readonly aad: Uint8Array;
}

/**
 * The key of one sealed value. Its holder can open that value, in its one reading, and learns no other key.
 * SPEC: messageKey = BLAKE2b-256(key = secret, domain ‖ nonce ‖ H(aad))
 */
export function messageKeyAt(secret: Secret, place: Place): Uint8Array {
  const message = concatBytes(place.domain, place.nonce, hash(contexts.aadHash, place.aad));
  return secret.use((key) => {
    if (key.length !== sizes.key) throw lengthError();
    return sodium.crypto_generichash(sizes.key, message, key);
  });
}

/** SPEC: key ‖ commit = BLAKE2b-512(key = messageKey, "rogatory/aead-commit/v1\0") */
function expand(messageKey: Uint8Array): { key: Uint8Array; commit: Uint8Array } {
  const expanded = keyedHash({ key: messageKey, context: contexts.aeadCommit, length: 64 });
  return { key: expanded.subarray(0, sizes.key), commit: expanded.subarray(sizes.key) };
}

/** SPEC: out = nonce ‖ commit ‖ XChaCha20-Poly1305(key, nonce, plaintext, aad) */
export function sealAt(messageKey: Uint8Array, place: Place, plaintext: Uint8Array): Uint8Array {
  if (plaintext.length + SEAL_OVERHEAD_BYTES > limits.maxSealedBytes) throw lengthError();
  const { key, commit } = expand(messageKey);
  const { nonce, aad } = place;
  const body = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, aad, null, nonce, key);
  const sealed = concatBytes(nonce, commit, body);
  key.fill(0);
  return sealed;
}

/** @throws VerificationError `crypto/open` unless the bytes can be a sealed value at all. */
export function nonceOf(sealed: Uint8Array): Uint8Array {
  if (sealed.length < SEAL_OVERHEAD_BYTES || sealed.length > limits.maxSealedBytes) throw openError();
  return sealed.subarray(0, sizes.nonce);
}

/** @throws VerificationError `crypto/open`, whatever the cause. */
export function openAt(messageKey: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array {
  const nonce = nonceOf(sealed);
  const { key, commit } = expand(messageKey);
  try {
    // SPEC: the commitment is compared, in constant time, before the tag.
    if (!isEqualConstantTime(commit, sealed.subarray(sizes.nonce, COMMITMENT_END))) throw openError();
    return openBody(key, nonce, sealed.subarray(COMMITMENT_END), aad);
  } finally {
    key.fill(0);
  }
}

function openBody(key: Uint8Array, nonce: Uint8Array, body: Uint8Array, aad: Uint8Array): Uint8Array {
  try {
    return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, body, aad, nonce, key);
  } catch {
    throw openError();
  }
}

/** The domain of a context that has one purpose only. */
export function domainOf(context: Parameters<typeof contextPrefix>[0], purpose?: number): Uint8Array {
  const prefix = contextPrefix(context);
  return purpose === undefined ? prefix : concatBytes(prefix, Uint8Array.of(purpose));
}
