import { UsageError, utf8 } from '@rogatory/kernel';

/** Time and Ed25519 signature of a cosignature of type 0x04. */
export const COSIGNATURE_BYTES = 8 + 64;

/**
 * What a witness signs (tlog-cosignature, Ed25519): a header line, a time line, the whole note text.
 * It does not name the witness: one key serves one name.
 */
export function cosignatureMessage(text: string, timeSeconds: number): Uint8Array {
  if (!Number.isSafeInteger(timeSeconds) || timeSeconds < 0) {
    throw new UsageError('tlog/time', 'not a time in whole seconds');
  }
  return utf8(`cosignature/v1\ntime ${timeSeconds}\n${text}`);
}

/** The time of a cosignature in POSIX seconds; undefined when it is cut short or beyond 2^53. */
export function cosignatureTime(signature: Uint8Array): number | undefined {
  if (signature.length < COSIGNATURE_BYTES) return undefined;
  const time = new DataView(signature.buffer, signature.byteOffset, 8).getBigUint64(0);
  // The format stops at 2^63 - 1; no honest clock shows a time that a double cannot hold exactly.
  return time > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(time);
}

/** The `timestamped_signature` of a cosignature: time as uint64 big-endian, then the signature. */
export function encodeCosignature(timeSeconds: number, signature: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(COSIGNATURE_BYTES);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(timeSeconds));
  bytes.set(signature, 8);
  return bytes;
}
