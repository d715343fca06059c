/** ChaCha20-Poly1305-IETF (RFC 8439) without associated data; all runtimes give the same bytes. */
export interface SegmentCipher {
  /** Writes ciphertext and 16-byte tag into a target of exactly that length. `key` 32 bytes, `nonce` 12 bytes. */
  encryptInto(target: Uint8Array, key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array): void;
  /** `undefined` when the tag does not hold; unauthenticated plaintext never leaves. */
  decrypt(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
}

export const SEGMENT_TAG_BYTES = 16;
