import { sodium } from '../sodium.js';
import { SEGMENT_TAG_BYTES, type SegmentCipher } from './segment-cipher.js';

function encryptInto(target: Uint8Array, key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array): void {
  target.set(sodium.crypto_aead_chacha20poly1305_ietf_encrypt(plaintext, null, null, nonce, key));
}

function decrypt(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  if (sealed.length < SEGMENT_TAG_BYTES) return undefined;
  try {
    return sodium.crypto_aead_chacha20poly1305_ietf_decrypt(null, sealed, null, nonce, key);
  } catch {
    return undefined;
  }
}

/** The cipher of libsodium compiled to WebAssembly, for browsers. */
export const segmentCipher: SegmentCipher = { encryptInto, decrypt };
