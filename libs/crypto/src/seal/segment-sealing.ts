import { limits, type Secret } from '@rogatory/kernel';
import { sizes } from '@rogatory/protocol/files';
import { segmentCipher } from '#segment-cipher';
import { lengthError, openError, segmentError } from '../crypto.errors.js';
import { SEGMENT_TAG_BYTES } from '../runtime/segment-cipher.js';

/** Segments of the largest file; Padmé adds nothing at a power of two. */
export const MAX_FILE_SEGMENTS = Math.ceil(limits.maxFileBytes / limits.fileSegmentBytes);
/** What a sealed segment is longer than its plaintext. */
export const SEGMENT_OVERHEAD_BYTES = SEGMENT_TAG_BYTES;

/** The place of a segment; part of its nonce, so that none can be moved, cut off or added. */
export interface SegmentPlace {
  /** From 0, below `MAX_FILE_SEGMENTS`. */
  readonly index: number;
  readonly isLast: boolean;
}

/** SPEC: files: nonce = 0^3 ‖ i u64 BE ‖ last u8 */
function nonceAt(place: SegmentPlace): Uint8Array {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setUint32(7, place.index); // an index fits 32 bits: MAX_FILE_SEGMENTS
  nonce[11] = place.isLast ? 1 : 0;
  return nonce;
}

/** SPEC: files: all segments but the last are full; an empty last segment only for an empty file */
function fits(place: SegmentPlace, plaintextBytes: number): boolean {
  if (!Number.isInteger(place.index) || place.index < 0 || place.index >= MAX_FILE_SEGMENTS) return false;
  if (!place.isLast) return plaintextBytes === limits.fileSegmentBytes;
  return plaintextBytes <= limits.fileSegmentBytes && (plaintextBytes > 0 || place.index === 0);
}

function useSegmentKey<Result>(key: Secret, read: (bytes: Uint8Array) => Result): Result {
  return key.use((bytes) => {
    if (bytes.length !== sizes.key) throw lengthError();
    return read(bytes);
  });
}

/**
 * Seals one segment with ChaCha20-Poly1305-IETF; 16 bytes longer. Never call it twice for one place with different bytes.
 * @throws UsageError `crypto/segment` for a plaintext that cannot stand at this place.
 */
export function sealSegment(key: Secret, place: SegmentPlace, plaintext: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(plaintext.length + SEGMENT_TAG_BYTES);
  sealSegmentInto(sealed, key, place, plaintext);
  return sealed;
}

/**
 * As `sealSegment`, into a buffer of exactly 16 bytes more than the plaintext, so that a part of many segments is made in
 * the one buffer that travels. The plaintext may lie in the same memory.
 * @throws UsageError `crypto/length` for a target of another length, else as `sealSegment`.
 */
export function sealSegmentInto(target: Uint8Array, key: Secret, place: SegmentPlace, plaintext: Uint8Array): void {
  if (!fits(place, plaintext.length)) throw segmentError();
  if (target.length !== plaintext.length + SEGMENT_TAG_BYTES) throw lengthError();
  useSegmentKey(key, (bytes) => segmentCipher.encryptInto(target, bytes, nonceAt(place), plaintext));
}

/** @throws VerificationError `crypto/open` for a segment changed, moved, cut, or of another file. */
export function openSegment(key: Secret, place: SegmentPlace, sealed: Uint8Array): Uint8Array {
  if (!fits(place, sealed.length - SEGMENT_TAG_BYTES)) throw openError();
  const plaintext = useSegmentKey(key, (bytes) => segmentCipher.decrypt(bytes, nonceAt(place), sealed));
  if (plaintext === undefined) throw openError();
  return plaintext;
}
