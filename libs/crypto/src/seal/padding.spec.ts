import { describe, expect, it } from '@jest/globals';
import { concatBytes, systemRandom, toHex } from '@rogatory/kernel';
import fc from 'fast-check';
import { padme, padPlaintext, unpadPlaintext } from './padding.js';

const runs = { seed: 9, numRuns: process.env['ROGATORY_LONG'] === '1' ? 20_000 : 500 };
const refused = expect.objectContaining({ code: 'crypto/open' });

/** The paper's algorithm on big integers. */
function paperPadme(length: bigint): bigint {
  const log2 = (value: bigint) => BigInt(value.toString(2).length - 1);
  if (length < 2n) return length;
  const exponent = log2(length);
  const size = log2(exponent) + 1n;
  const mask = size > exponent ? 0n : (1n << (exponent - size)) - 1n;
  return (length + mask) & ~mask;
}

describe('padme', () => {
  it('gives the sizes of the paper', () => {
    expect([0, 1, 2, 7, 8, 9, 10, 100, 1_000, 65_537, 2 ** 34].map(padme)).toEqual([
      0,
      1,
      2,
      7,
      8,
      10,
      10,
      104,
      1_024,
      67_584,
      2 ** 34,
    ]);
  });

  it('agrees with the paper for every size up to 2^53, never shrinks, and adds at most an eighth', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 53 - 2 ** 48 }), fc.nat(52), (length, shift) => {
        const size = Math.max(1, Math.floor(length / 2 ** shift));
        const padded = padme(size);
        expect(BigInt(padded)).toBe(paperPadme(BigInt(size)));
        expect(padded).toBeGreaterThanOrEqual(size);
        expect(padded - size).toBeLessThanOrEqual(Math.max(1, size * 0.125));
        expect(padme(padded)).toBe(padded);
      }),
      runs,
    );
  });

  it('refuses what is no size', () => {
    for (const bad of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(() => padme(bad)).toThrow(expect.objectContaining({ code: 'crypto/length' }));
    }
  });
});

describe('padPlaintext', () => {
  it('comes back, and its size is a Padmé size', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (plaintext) => {
        const padded = padPlaintext(plaintext);
        expect(padded.length).toBe(padme(plaintext.length + 4));
        expect(toHex(unpadPlaintext(padded))).toBe(toHex(plaintext));
      }),
      runs,
    );
  });

  it('has one form only: no other size, no byte in the padding, no false length', () => {
    const padded = padPlaintext(systemRandom(1_001));
    expect(padded.length).toBeGreaterThan(1_005);
    expect(() => unpadPlaintext(concatBytes(padded, new Uint8Array(1)))).toThrow(refused);
    expect(() => unpadPlaintext(padded.slice(0, -1))).toThrow(refused);
    for (let at = 1_005; at < padded.length; at++) {
      const hidden = padded.slice();
      hidden[at] = 1;
      expect(() => unpadPlaintext(hidden)).toThrow(refused);
    }
    const huge = padded.slice();
    huge[0] = 0xff;
    expect(() => unpadPlaintext(huge)).toThrow(refused);
    for (let length = 0; length < 4; length++) expect(() => unpadPlaintext(new Uint8Array(length))).toThrow(refused);
  });

  it('reads through a view into a larger buffer', () => {
    const padded = padPlaintext(Uint8Array.of(1, 2, 3));
    const outer = concatBytes(new Uint8Array(5).fill(0xff), padded, new Uint8Array(5).fill(0xff));
    expect(unpadPlaintext(outer.subarray(5, 5 + padded.length))).toEqual(Uint8Array.of(1, 2, 3));
  });
});
