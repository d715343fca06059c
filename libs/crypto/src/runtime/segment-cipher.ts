/** ChaCha20-Poly1305-IETF (RFC 8439) without associated data; all runtimes give the same bytes. */
export interface SegmentCipher {
  /** Ciphertext followed by the 16-byte tag. `key` 32 bytes, `nonce` 12 bytes. */
  encrypt(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** `undefined` when the tag does not hold; unauthenticated plaintext never leaves. */
  decrypt(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
}

export const SEGMENT_TAG_BYTES = 16;
