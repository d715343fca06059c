import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { concatBytes, fromHex, toHex } from '@rogatory/kernel';
import { isUnambiguous } from '../unambiguous.js';
import type { SignedBytes } from '../signature-check.js';

const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const LENGTH_BYTES = 4;
const HEAD_BYTES = KEY_BYTES + SIGNATURE_BYTES + LENGTH_BYTES;

/** SubjectPublicKeyInfo of an Ed25519 key up to its 32 bytes. SPEC: RFC 8410 4 */
const SPKI_HEAD = fromHex('302a300506032b6570032100');
/** Members of a compartment sign again and again; reading a key costs a tenth of a check. */
const MAX_KEPT_KEYS = 2_048;
const keys = new Map<string, KeyObject>();

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

/** One byte for each of `packed`: 1 where the signature certainly holds. */
export function judged(batch: Uint8Array): Uint8Array<ArrayBuffer> {
  const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
  const verdicts: number[] = [];
  for (let at = 0; at < batch.length; ) {
    const signature = batch.subarray(at + KEY_BYTES, at + KEY_BYTES + SIGNATURE_BYTES);
    const end = at + HEAD_BYTES + view.getUint32(at + KEY_BYTES + SIGNATURE_BYTES);
    verdicts.push(holds(batch.subarray(at, at + KEY_BYTES), batch.subarray(at + HEAD_BYTES, end), signature) ? 1 : 0);
    at = end;
  }
  return Uint8Array.from(verdicts);
}

/** OpenSSL is less strict on keys and R, so that its yes counts only for an unambiguous signature. */
function holds(publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
  return isUnambiguous(publicKey, signature) && verify(undefined, bytes, keyOf(publicKey), signature);
}

function keyOf(publicKey: Uint8Array): KeyObject {
  const name = toHex(publicKey);
  const known = keys.get(name);
  if (known !== undefined) return known;
  const encoded = Buffer.from(concatBytes(SPKI_HEAD, publicKey));
  const key = createPublicKey({ key: encoded, format: 'der', type: 'spki' });
  if (keys.size >= MAX_KEPT_KEYS) keys.clear();
  keys.set(name, key);
  return key;
}
