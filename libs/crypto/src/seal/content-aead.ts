import { type RandomBytes, Secret } from '@rogatory/kernel';
import { type AeadPurpose, aeadPurposes, contexts, sizes } from '@rogatory/protocol';
import { domainOf, drawRandom, messageKeyAt, nonceOf, openAt, sealAt } from '../committing-aead.js';
import { contextError, openError } from '../crypto.errors.js';

const domains = new Map<number, Uint8Array>(
  Object.values(aeadPurposes).map((purpose) => [purpose, domainOf(contexts.aead, purpose)]),
);

function domain(purpose: AeadPurpose): Uint8Array {
  const found = domains.get(purpose);
  if (found === undefined) throw contextError();
  return found;
}

export interface AeadSealInput {
  /** 32 bytes. */
  readonly secret: Secret;
  readonly purpose: AeadPurpose;
  /** Source of the 24-byte nonce; the nonce is never the caller's to choose. */
  readonly random: RandomBytes;
  readonly plaintext: Uint8Array;
  /** What the sealed value is bound to; the opener must give the same bytes. */
  readonly aad: Uint8Array;
}

/**
 * Seals with a key-committing AEAD: `nonce 24 ‖ commit 32 ‖ XChaCha20-Poly1305 ciphertext and tag`, 72 bytes longer than
 * the plaintext. The result opens under one secret, purpose and aad, to one plaintext.
 * @throws UsageError `crypto/length` for a secret of another length or a plaintext over `limits.maxSealedBytes`.
 */
export function aeadSeal(input: AeadSealInput): Uint8Array {
  const place = { domain: domain(input.purpose), nonce: drawRandom(input.random, sizes.nonce), aad: input.aad };
  const messageKey = messageKeyAt(input.secret, place);
  try {
    return sealAt(messageKey, place, input.plaintext);
  } finally {
    messageKey.fill(0);
  }
}

export interface AeadOpenInput {
  readonly secret: Secret;
  readonly purpose: AeadPurpose;
  readonly sealed: Uint8Array;
  readonly aad: Uint8Array;
}

/**
 * Opens what `aeadSeal` made. The commitment is compared, in constant time, before the tag.
 * @throws VerificationError `crypto/open`, the same for a wrong secret, purpose, aad, length, commitment or tag.
 */
export function aeadOpen(input: AeadOpenInput): Uint8Array {
  const messageKey = aeadMessageKey(input);
  try {
    return messageKey.use((key) => openAt(key, input.sealed, input.aad));
  } finally {
    messageKey.wipe();
  }
}

/**
 * The 32-byte key of this one sealed value, to disclose it to somebody who must not have the secret. It opens no other
 * value, and because the commitment follows from it, no second key opens this value to another reading.
 * @throws VerificationError `crypto/open` when the bytes are too short or too long to be a sealed value.
 */
export function aeadMessageKey(input: AeadOpenInput): Secret {
  const { secret, purpose, sealed, aad } = input;
  return new Secret(messageKeyAt(secret, { domain: domain(purpose), nonce: nonceOf(sealed), aad }));
}

export interface AeadOpenDisclosedInput {
  readonly messageKey: Secret;
  readonly sealed: Uint8Array;
  readonly aad: Uint8Array;
}

/** Opens one disclosed value with its message key. @throws VerificationError `crypto/open`. */
export function aeadOpenDisclosed(input: AeadOpenDisclosedInput): Uint8Array {
  return input.messageKey.use((key) => {
    if (key.length !== sizes.key) throw openError();
    return openAt(key, input.sealed, input.aad);
  });
}
