import { openError, lengthError } from '../crypto.errors.js';

const LENGTH_BYTES = 4;
const MAX_PADDED = 2 ** 32 - 1;

/**
 * The Padmé size (PURBs, Nikitin et al. 2019, algorithm 1): the smallest size at least `length` that leaks O(log log n)
 * bits, at most 12 % longer.
 * @throws UsageError `crypto/length` unless a non-negative safe integer.
 */
export function padme(length: number): number {
  if (!Number.isSafeInteger(length) || length < 0) throw lengthError();
  if (length < 2) return length;
  const exponent = floorLog2(length);
  const step = 2 ** (exponent - (floorLog2(exponent) + 1));
  return step <= 1 ? length : Math.ceil(length / step) * step;
}

/** Exact for every safe integer, unlike Math.log2. */
function floorLog2(value: number): number {
  return value.toString(2).length - 1;
}

/** `len u32 ‖ plaintext ‖ zeros` up to a Padmé size. @throws UsageError `crypto/length` at 4 GiB. */
export function padPlaintext(plaintext: Uint8Array): Uint8Array {
  const size = padme(LENGTH_BYTES + plaintext.length);
  if (size > MAX_PADDED) throw lengthError();
  const padded = new Uint8Array(size);
  new DataView(padded.buffer).setUint32(0, plaintext.length);
  padded.set(plaintext, LENGTH_BYTES);
  return padded;
}

/**
 * The plaintext of `padPlaintext`; only the one canonical padding is accepted, so padding carries no hidden data.
 * @throws VerificationError `crypto/open`.
 */
export function unpadPlaintext(padded: Uint8Array): Uint8Array {
  if (padded.length < LENGTH_BYTES) throw openError();
  const length = new DataView(padded.buffer, padded.byteOffset).getUint32(0);
  const end = LENGTH_BYTES + length;
  if (padme(end) !== padded.length) throw openError();
  if (padded.subarray(end).some((byte) => byte !== 0)) throw openError();
  return padded.slice(LENGTH_BYTES, end);
}
