import { describe, expect, it } from '@jest/globals';
import { concatBytes, fromHex, toHex, utf8 } from '@rogatory/kernel';
import { ed25519 as second } from '@noble/curves/ed25519.js';
import type { Ed25519 } from './ed25519.js';

/** The points of small order, some in a second encoding that is not canonical. */
export const smallOrderPoints = [
  `01${'00'.repeat(31)}`,
  `01${'00'.repeat(30)}80`,
  `ec${'ff'.repeat(30)}7f`,
  `ec${'ff'.repeat(31)}`,
  '00'.repeat(32),
  `${'00'.repeat(31)}80`,
  `ed${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(31)}`,
  `ee${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(31)}`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
].map(fromHex);

const ORDER = fromHex('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');

/** S and the order of the group: another name of the same signature. */
export function addOrder(s: Uint8Array): Uint8Array {
  let carry = 0;
  return s.map((byte, i) => {
    carry += byte + (ORDER[i] as number);
    const digit = carry & 0xff;
    carry >>= 8;
    return digit;
  });
}

/** Seed and public key in a row, as libsodium wants it; the public half by the second implementation. */
export function expandedKey(seed: Uint8Array): Uint8Array {
  return concatBytes(seed, second.getPublicKey(seed));
}

const seed = new Uint8Array(32).fill(0x42);
const publicKey = second.getPublicKey(seed);
const lengths = [0, 1, 31, 64, 127, 128, 129, 1_000, 100_000];

function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const out = bytes.slice();
  out[bit >> 3] = (out[bit >> 3] as number) ^ (1 << (bit & 7));
  return out;
}

/** What every driver of Ed25519 has to do. */
export function ed25519Contract(ed25519: Ed25519): void {
  describe(`Ed25519 by the ${ed25519.driver} driver`, () => {
    it('signs and verifies as a second implementation does, from nothing to much, wherever the bytes lie', () => {
      for (const length of lengths) {
        const around = new Uint8Array(length + 9).fill(7);
        const message = around.subarray(5, 5 + length);
        const signature = ed25519.sign(message, expandedKey(seed));
        expect(toHex(signature)).toBe(toHex(second.sign(message, seed)));
        const inside = concatBytes(Uint8Array.of(9), publicKey, signature);
        expect(ed25519.verify(inside.subarray(1, 33), message, inside.subarray(33))).toBe(true);
        expect(ed25519.verify(publicKey, around.subarray(5, 6 + length), signature)).toBe(false);
      }
    });

    it('takes no signature of which one bit was changed, in key, message or signature', () => {
      const message = utf8('we open on Monday');
      const signature = ed25519.sign(message, expandedKey(seed));
      for (let bit = 0; bit < 512; bit++) {
        expect(ed25519.verify(publicKey, message, flipBit(signature, bit))).toBe(false);
        if (bit < 256) expect(ed25519.verify(flipBit(publicKey, bit), message, signature)).toBe(false);
        if (bit < 8 * message.length) expect(ed25519.verify(publicKey, flipBit(message, bit), signature)).toBe(false);
      }
    });

    it('takes no key or R of small order and no second name of a signature', () => {
      const message = utf8('I never said this');
      const signature = ed25519.sign(message, expandedKey(seed));
      const [r, s] = [signature.subarray(0, 32), signature.subarray(32)];
      expect(ed25519.verify(publicKey, message, concatBytes(r, addOrder(s)))).toBe(false);
      for (const point of smallOrderPoints) {
        expect(ed25519.verify(point, message, signature)).toBe(false);
        expect(ed25519.verify(publicKey, message, concatBytes(point, s))).toBe(false);
        for (const other of smallOrderPoints) {
          expect(ed25519.verify(point, message, concatBytes(other, new Uint8Array(32)))).toBe(false);
        }
      }
    });

    it('judges shared memory as any other, by a copy', () => {
      const message = new Uint8Array(new SharedArrayBuffer(20)).fill(3);
      const signature = ed25519.sign(message, expandedKey(seed));
      expect(toHex(signature)).toBe(toHex(second.sign(message.slice(), seed)));
      expect(ed25519.verify(publicKey, message, signature)).toBe(true);
      message[0] = 4;
      expect(ed25519.verify(publicKey, message, signature)).toBe(false);
    });

    it('throws on keys and signatures of another length, which it must not be given', () => {
      const message = utf8('m');
      for (const length of [0, 31, 33, 63, 65]) {
        const other = new Uint8Array(length);
        expect(() => ed25519.sign(message, other)).toThrow();
        expect(() => ed25519.verify(publicKey, message, other)).toThrow();
        expect(() => ed25519.verify(other, message, new Uint8Array(64))).toThrow();
      }
    });
  });
}
