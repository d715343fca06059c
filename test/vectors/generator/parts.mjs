/** What the parts of the generator share: keys and times that never change, and ways to damage bytes. */
import { concatBytes, Secret, utf8 } from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import { sha256 } from '@rogatory/crypto/verify';

/** 2026-11-23 00:00 UTC, in a zone one hour ahead. */
export const time = { timeMs: 1_795_392_000_000, offsetMinutes: 60 };

/** @param {string} seed the key whose seed is SHA-256 of this text */
export function key(seed) {
  return SigningKey.fromSeed(new Secret(sha256(utf8(`rogatory vectors/${seed}`))));
}

/** @param {string} seed 32 bytes that no other seed gives */
export const bytesOf = (seed) => sha256(utf8(`rogatory vectors/bytes/${seed}`));

/** @param {number} byte @param {number} length */
export const filled = (byte, length) => new Uint8Array(length).fill(byte);

/** @param {string} pair an id of 16 bytes of this value @returns {any} */
export const id = (pair) => pair.repeat(16);

/** @param {string} pair an id of 32 bytes of this value @returns {any} */
export const longId = (pair) => pair.repeat(32);

/** @param {string} value */
export const text = (value) => utf8(value);

/** @param {SigningKey} signer @param {any} purpose @param {Uint8Array} signedBytes */
export const signAs = (signer, purpose, signedBytes) => concatBytes(signedBytes, signer.sign(purpose, signedBytes));

/**
 * @param {Uint8Array} bytes @param {number} at
 * @param {'replace' | number} how a number takes so many bytes out first
 * @param {Iterable<number>} by
 */
export function edit(bytes, at, how, by) {
  const put = Uint8Array.from(by);
  return concatBytes(bytes.slice(0, at), put, bytes.slice(at + (how === 'replace' ? put.length : how)));
}

/** @param {Uint8Array} bytes @param {number} at */
export function flip(bytes, at) {
  const changed = bytes.slice();
  changed[at] ^= 1;
  return changed;
}

const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** S + L, little endian: a second text of the same number modulo the group order. @param {Uint8Array} scalar */
export function toLong(scalar) {
  let value = [...scalar].reverse().reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n) + GROUP_ORDER;
  return Array.from(scalar, () => {
    const byte = Number(value & 0xffn);
    value >>= 8n;
    return byte;
  });
}
