import type { SignedBytes } from './signature-check.js';
import { verifyBytes } from './signature.js';

const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const LENGTH_BYTES = 4;
const HEAD_BYTES = KEY_BYTES + SIGNATURE_BYTES + LENGTH_BYTES;

/** Signed bytes in a row, in memory of their own that can be given to a thread; those of wrong length have no signature. */
export function packed(signed: readonly SignedBytes[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(signed.reduce((sum, { bytes }) => sum + HEAD_BYTES + bytes.length, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const { publicKey, bytes, signature } of signed) {
    if (publicKey.length === KEY_BYTES && signature.length === SIGNATURE_BYTES) {
      out.set(publicKey, at);
      out.set(signature, at + KEY_BYTES);
    }
    view.setUint32(at + KEY_BYTES + SIGNATURE_BYTES, bytes.length);
    out.set(bytes, at + HEAD_BYTES);
    at += HEAD_BYTES + bytes.length;
  }
  return out;
}

/** One byte for each of `packed`: 1 where the signature holds. */
export function judged(batch: Uint8Array): Uint8Array<ArrayBuffer> {
  const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
  const verdicts: number[] = [];
  for (let at = 0; at < batch.length; ) {
    const signature = batch.subarray(at + KEY_BYTES, at + KEY_BYTES + SIGNATURE_BYTES);
    const end = at + HEAD_BYTES + view.getUint32(at + KEY_BYTES + SIGNATURE_BYTES);
    verdicts.push(
      verifyBytes(batch.subarray(at, at + KEY_BYTES), batch.subarray(at + HEAD_BYTES, end), signature) ? 1 : 0,
    );
    at = end;
  }
  return Uint8Array.from(verdicts);
}
