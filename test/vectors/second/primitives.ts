/** Cryptography of docs/spec/conventions.md 5 to 9, from node:crypto and @noble alone. */
import { createHash, createHmac, createPublicKey, timingSafeEqual, verify } from 'node:crypto';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { blake2b } from '@noble/hashes/blake2.js';
import { sha3_256, shake256 } from '@noble/hashes/sha3.js';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { ascii, hex, isZero, join, number, refuse, unhex } from './wire.js';

export const sha256 = (...parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(
    createHash('sha256')
      .update(join(...parts))
      .digest(),
  );

const input = (context: string, parts: readonly Uint8Array[]): Uint8Array => join(ascii(`${context}\0`), ...parts);
export const H = (context: string, ...parts: readonly Uint8Array[]): Uint8Array =>
  blake2b(input(context, parts), { dkLen: 32 });
export const KDF = (key: Uint8Array, context: string, ...parts: readonly Uint8Array[]): Uint8Array =>
  blake2b(input(context, parts), { key, dkLen: 32 });
export const KDF64 = (key: Uint8Array, context: string, ...parts: readonly Uint8Array[]): Uint8Array =>
  blake2b(input(context, parts), { key, dkLen: 64 });

/** conventions 6 */
export const framed = (purpose: number, bytes: Uint8Array): Uint8Array =>
  join(ascii('rogatory/sig/v1\0'), number(purpose, 1), number(bytes.length, 4), bytes);

export const publicKeyOf = (seed: Uint8Array): Uint8Array => ed25519.getPublicKey(seed);
export const signed = (seed: Uint8Array, purpose: number, bytes: Uint8Array): Uint8Array =>
  ed25519.sign(framed(purpose, bytes), seed);

const spkiHead = unhex('302a300506032b6570032100');

/** A point in its one encoding and not of small order. */
function goodPoint(bytes: Uint8Array): boolean {
  try {
    return !ed25519.Point.fromBytes(bytes, false).isSmallOrder();
  } catch {
    return false;
  }
}

export function isSigned(purpose: number, publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64 || !goodPoint(publicKey) || !goodPoint(signature.slice(0, 32))) return false;
  const key = createPublicKey({ key: Buffer.from(join(spkiHead, publicKey)), format: 'der', type: 'spki' });
  return verify(null, framed(purpose, bytes), key, signature);
}

/** What an admitted signing key must be. */
export function isSigningKey(bytes: Uint8Array): boolean {
  return goodPoint(bytes) && ed25519.Point.fromBytes(bytes, false).isTorsionFree();
}

const lowOrder = new Set([0n, 1n, 2n ** 255n - 20n]);
const lowOrderText = [
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
];

/** conventions 8: what an admitted X-Wing key must be. */
export function isKemKey(bytes: Uint8Array): boolean {
  for (let i = 0; i < 1_152; i += 3) {
    const three = (bytes[i] as number) | ((bytes[i + 1] as number) << 8) | ((bytes[i + 2] as number) << 16);
    if ((three & 0xfff) >= 3_329 || three >>> 12 >= 3_329) return false;
  }
  const half = bytes.slice(1_184);
  const u = BigInt(`0x${hex(half.slice().reverse())}`);
  return bytes.length === 1_216 && u < 2n ** 255n - 19n && !lowOrder.has(u) && !lowOrderText.includes(hex(half));
}

function xwingKeys(seed: Uint8Array): { ml: { publicKey: Uint8Array; secretKey: Uint8Array }; x: Uint8Array } {
  const expanded = shake256(seed, { dkLen: 96 });
  return { ml: ml_kem768.keygen(expanded.slice(0, 64)), x: expanded.slice(64) };
}

export function kemPublicKey(seed: Uint8Array): Uint8Array {
  const { ml, x } = xwingKeys(seed);
  return join(ml.publicKey, x25519.getPublicKey(x));
}

const label = unhex('5c2e2f2f5e5c');

export function encapsulate(publicKey: Uint8Array, coins: Uint8Array): { ciphertext: Uint8Array; secret: Uint8Array } {
  const ml = ml_kem768.encapsulate(publicKey.slice(0, 1_184), coins.slice(0, 32));
  const [ephemeral, theirs] = [coins.slice(32), publicKey.slice(1_184)];
  const public_ = x25519.getPublicKey(ephemeral);
  const secret = sha3_256(join(ml.sharedSecret, x25519.getSharedSecret(ephemeral, theirs), public_, theirs, label));
  return { ciphertext: join(ml.cipherText, public_), secret };
}

export function decapsulate(seed: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  const { ml, x } = xwingKeys(seed);
  const [mlText, theirs] = [ciphertext.slice(0, 1_088), ciphertext.slice(1_088)];
  const mlSecret = ml_kem768.decapsulate(mlText, ml.secretKey);
  return sha3_256(join(mlSecret, x25519.getSharedSecret(x, theirs), theirs, x25519.getPublicKey(x), label));
}

/** conventions 7 */
export function messageKey(secret: Uint8Array, purpose: number, nonce: Uint8Array, aad: Uint8Array): Uint8Array {
  return KDF(secret, 'rogatory/aead/v1', number(purpose, 1), nonce, H('rogatory/aad/v1', aad));
}

export const restMessageKey = (secret: Uint8Array, nonce: Uint8Array, aad: Uint8Array): Uint8Array =>
  KDF(secret, 'rogatory/rest/v1', nonce, H('rogatory/aad/v1', aad));

export function sealWith(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Uint8Array {
  const expanded = KDF64(key, 'rogatory/aead-commit/v1');
  const sealed = xchacha20poly1305(expanded.slice(0, 32), nonce, aad).encrypt(plaintext);
  return join(nonce, expanded.slice(32), sealed);
}

export function openWith(key: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array {
  if (sealed.length < 72) refuse('too short');
  const expanded = KDF64(key, 'rogatory/aead-commit/v1');
  if (!timingSafeEqual(expanded.slice(32), sealed.slice(24, 56))) refuse('commitment');
  try {
    return xchacha20poly1305(expanded.slice(0, 32), sealed.slice(0, 24), aad).decrypt(sealed.slice(56));
  } catch {
    return refuse('tag');
  }
}

export function open(purpose: number, secret: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array {
  return openWith(messageKey(secret, purpose, sealed.slice(0, 24), aad), sealed, aad);
}

/** conventions 9 */
export function padme(length: number): number {
  if (length < 2) return length;
  const bits = (value: number): number => BigInt(value).toString(2).length - 1;
  const exponent = bits(length);
  const zeros = exponent - (bits(exponent) + 1);
  if (zeros <= 0) return length;
  const step = 1n << BigInt(zeros);
  return Number(((BigInt(length) + step - 1n) / step) * step);
}

export function unpad(padded: Uint8Array): Uint8Array {
  const length = padded.length < 4 ? refuse('too short') : Buffer.from(padded).readUInt32BE();
  if (padme(4 + length) !== padded.length || !isZero(hex(padded.slice(4 + length)))) refuse('padding');
  return padded.slice(4, 4 + length);
}

/** RFC 6962 section 2.1, from leaf hashes. */
export function treeRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return leaves[0] as Uint8Array;
  let split = 1;
  while (2 * split < leaves.length) split *= 2;
  return sha256(Uint8Array.of(1), treeRoot(leaves.slice(0, split)), treeRoot(leaves.slice(split)));
}

export const leafHash = (entry: Uint8Array): Uint8Array => sha256(Uint8Array.of(0), entry);

/** audit 4 */
export function commitment(name: string, opening: Uint8Array, bytes: Uint8Array): Uint8Array {
  const text = ascii(name);
  const mac = createHmac('sha256', ascii('rogatory/audit-commitment/v1'));
  mac.update(join(opening, number(text.length, 4), text, number(bytes.length, 4), bytes));
  return Uint8Array.from(mac.digest());
}
