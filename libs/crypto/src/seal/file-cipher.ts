import { Secret } from '@rogatory/kernel';
import { contexts, FILE_HEADER_BOUND_BYTES, sizes } from '@rogatory/protocol';
import { lengthError, openError } from '../crypto.errors.js';
import { isEqualConstantTime, keyedHash } from '../hash.js';

export interface FileKey {
  /** 32 bytes; good for this header only. */
  readonly segmentKey: Secret;
  /** 32 bytes, the end of the header. */
  readonly commit: Uint8Array;
}

/**
 * The segment key of a file, and the header's commitment to it.
 * SPEC: files: segKey ‖ commit = BLAKE2b-512(key = DEK, "rogatory/file/v1\0" ‖ header[0..64))
 * One DEK and header serve one content: a changed source needs a new DEK, or nonces repeat.
 * @throws UsageError `crypto/length` unless the DEK has 32 and the bound part of the header 64 bytes.
 */
export function fileKey(dek: Secret, headerBound: Uint8Array): FileKey {
  if (headerBound.length !== FILE_HEADER_BOUND_BYTES) throw lengthError();
  const expanded = keyedHash({ key: dek, context: contexts.file, length: 64 }, headerBound);
  return { segmentKey: new Secret(expanded.slice(0, sizes.key)), commit: expanded.slice(sizes.key) };
}

/**
 * The segment key of a received file, given only when the header commits to it; ask before opening any segment.
 * @throws VerificationError `crypto/open` when the DEK is not the one of this header.
 */
export function openFileKey(dek: Secret, headerBound: Uint8Array, commit: Uint8Array): Secret {
  const derived = fileKey(dek, headerBound);
  if (isEqualConstantTime(derived.commit, commit)) return derived.segmentKey;
  derived.segmentKey.wipe();
  throw openError();
}
