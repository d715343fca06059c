/** Content keys and encryption: clients only. The server never imports this, directly or through any chain. */
export { SEAL_OVERHEAD_BYTES } from './committing-aead.js';
export {
  aeadMessageKey,
  aeadOpen,
  aeadOpenDisclosed,
  type AeadOpenDisclosedInput,
  type AeadOpenInput,
  aeadSeal,
  type AeadSealInput,
} from './seal/content-aead.js';
export { commitToKey, deriveKey } from './seal/derivation.js';
export { fileKey, type FileKey, openFileKey } from './seal/file-cipher.js';
export { encapsulate, type Encapsulation, KemKey } from './seal/kem.js';
export { padme, padPlaintext, unpadPlaintext } from './seal/padding.js';
export {
  MAX_FILE_SEGMENTS,
  openSegment,
  sealSegment,
  sealSegmentInto,
  SEGMENT_OVERHEAD_BYTES,
  type SegmentPlace,
} from './seal/segment-sealing.js';
