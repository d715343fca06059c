import { describe, expect, it } from '@jest/globals';
import { concatBytes, limits, Secret, systemRandom, toHex, utf8 } from '@rogatory/kernel';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { blake2b } from '@noble/hashes/blake2.js';
import fc from 'fast-check';
import type { SegmentCipher } from '../runtime/segment-cipher.js';
import { segmentCipher as nodeCipher } from '../runtime/segment-cipher.node.js';
import { segmentCipher as portableCipher } from '../runtime/segment-cipher.portable.js';
import { fileKey, openFileKey } from './file-cipher.js';
import { MAX_FILE_SEGMENTS, openSegment, sealSegment, sealSegmentInto } from './segment-sealing.js';

const runs = { seed: 8439, numRuns: process.env['ROGATORY_LONG'] === '1' ? 2_000 : 60 };
const refused = expect.objectContaining({ code: 'crypto/open', family: 'verification', details: {} });
const misplaced = expect.objectContaining({ code: 'crypto/segment', family: 'usage' });
const full = limits.fileSegmentBytes;
const dek = new Secret(new Uint8Array(32).fill(4));
const header = Uint8Array.from({ length: 64 }, (_, i) => i);
const { segmentKey, commit } = fileKey(dek, header);
function encrypt(cipher: SegmentCipher, key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(plaintext.length + 16);
  cipher.encryptInto(sealed, key, nonce, plaintext);
  return sealed;
}

const fixed = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

describe('the segment ciphers of both runtimes', () => {
  it('give the same bytes as each other and as a third implementation, at sizes up to a full segment', () => {
    fc.assert(
      fc.property(fixed(32), fixed(12), fc.uint8Array({ maxLength: 700 }), (key, nonce, plaintext) => {
        const sealed = toHex(chacha20poly1305(key, nonce).encrypt(plaintext));
        expect(toHex(encrypt(nodeCipher, key, nonce, plaintext))).toBe(sealed);
        expect(toHex(encrypt(portableCipher, key, nonce, plaintext))).toBe(sealed);
      }),
      runs,
    );
    const [key, nonce, plaintext] = [
      new Uint8Array(32).fill(1),
      new Uint8Array(12).fill(2),
      new Uint8Array(full).fill(3),
    ];
    const sealed = encrypt(nodeCipher, key, nonce, plaintext);
    expect(Buffer.compare(sealed, encrypt(portableCipher, key, nonce, plaintext))).toBe(0);
    expect(Buffer.compare(portableCipher.decrypt(key, nonce, sealed) ?? sealed, plaintext)).toBe(0);
  });

  it.each([
    ['node', nodeCipher],
    ['portable', portableCipher],
  ] as const)('refuse changed bytes (%s)', (_, cipher) => {
    const [key, nonce] = [new Uint8Array(32).fill(1), new Uint8Array(12)];
    const sealed = encrypt(cipher, key, nonce, utf8('bank statements'));
    expect(cipher.decrypt(key, nonce, sealed)).toEqual(utf8('bank statements'));
    for (let bit = 0; bit < 8 * sealed.length; bit++) {
      const changed = sealed.slice();
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit % 8));
      expect(cipher.decrypt(key, nonce, changed)).toBeUndefined();
    }
    for (let length = 0; length < sealed.length; length++) {
      expect(cipher.decrypt(key, nonce, sealed.slice(0, length))).toBeUndefined();
    }
  });

  it('answer plain Uint8Arrays', () => {
    const sealed = sealSegment(segmentKey, { index: 0, isLast: true }, utf8('x'));
    expect(Object.getPrototypeOf(sealed)).toBe(Uint8Array.prototype);
    const opened = openSegment(segmentKey, { index: 0, isLast: true }, sealed);
    expect(Object.getPrototypeOf(opened)).toBe(Uint8Array.prototype);
  });
});

describe('fileKey', () => {
  it('is the specified derivation, by a second implementation', () => {
    const expected = dek.use((key) => blake2b(concatBytes(utf8('rogatory/file/v1\0'), header), { dkLen: 64, key }));
    expect(segmentKey.use(toHex) + toHex(commit)).toBe(toHex(expected));
  });

  it('opens for the committed DEK and header only', () => {
    expect(openFileKey(dek, header, commit).use(toHex)).toBe(segmentKey.use(toHex));
    expect(() => openFileKey(new Secret(new Uint8Array(32)), header, commit)).toThrow(refused);
    for (let at = 0; at < 64; at++) {
      const changed = header.slice();
      changed[at] = (changed[at] as number) ^ 1;
      expect(() => openFileKey(dek, changed, commit)).toThrow(refused);
    }
    for (let at = 0; at < 32; at++) {
      const changed = commit.slice();
      changed[at] = (changed[at] as number) ^ 1;
      expect(() => openFileKey(dek, header, changed)).toThrow(refused);
    }
    expect(() => openFileKey(dek, header, commit.slice(0, 31))).toThrow(refused);
  });

  it('refuses keys and headers of a wrong length as a bug of the caller', () => {
    const length = expect.objectContaining({ code: 'crypto/length' });
    expect(() => fileKey(dek, header.slice(1))).toThrow(length);
    expect(() => fileKey(new Secret(new Uint8Array(16)), header)).toThrow(length);
    expect(() => sealSegment(new Secret(new Uint8Array(31)), { index: 0, isLast: true }, utf8('x'))).toThrow(length);
  });
});

describe('segments', () => {
  it('open at their own place only', () => {
    const plaintext = systemRandom(1_000);
    const sealed = sealSegment(segmentKey, { index: 3, isLast: true }, plaintext);
    expect(openSegment(segmentKey, { index: 3, isLast: true }, sealed)).toEqual(plaintext);
    for (const index of [0, 2, 4, 259, 3 + 65_536]) {
      expect(() => openSegment(segmentKey, { index, isLast: true }, sealed)).toThrow(refused);
    }
    const whole = sealSegment(segmentKey, { index: 3, isLast: false }, new Uint8Array(full));
    expect(openSegment(segmentKey, { index: 3, isLast: false }, whole)).toHaveLength(full);
    expect(() => openSegment(segmentKey, { index: 3, isLast: true }, whole)).toThrow(refused);
    const other = fileKey(new Secret(new Uint8Array(32)), header).segmentKey;
    expect(() => openSegment(other, { index: 3, isLast: false }, whole)).toThrow(refused);
  });

  it('are sealed into their place of a larger part, and into no other size', () => {
    const part = new Uint8Array(40);
    const place = { index: 2, isLast: true };
    sealSegmentInto(part.subarray(10, 27), segmentKey, place, utf8('x'));
    expect(toHex(part.subarray(10, 27))).toBe(toHex(sealSegment(segmentKey, place, utf8('x'))));
    expect(toHex(part.subarray(0, 10)) + toHex(part.subarray(27))).toBe('00'.repeat(23));
    for (const length of [16, 18]) {
      expect(() => sealSegmentInto(new Uint8Array(length), segmentKey, place, utf8('x'))).toThrow(
        expect.objectContaining({ code: 'crypto/length' }),
      );
    }
  });

  it('have the nonce of the specification', () => {
    const place = { index: 0x1234, isLast: true };
    const nonce = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12, 0x34, 1);
    const expected = segmentKey.use((key) => chacha20poly1305(key, nonce).encrypt(utf8('x')));
    expect(toHex(sealSegment(segmentKey, place, utf8('x')))).toBe(toHex(expected));
  });

  it('keep the form of a file: full but for the last, empty only in an empty file', () => {
    const seal = (index: number, isLast: boolean, length: number) =>
      sealSegment(segmentKey, { index, isLast }, new Uint8Array(length));
    expect(seal(0, true, 0)).toHaveLength(16);
    expect(openSegment(segmentKey, { index: 0, isLast: true }, seal(0, true, 0))).toHaveLength(0);
    expect(seal(MAX_FILE_SEGMENTS - 1, true, full)).toHaveLength(full + 16);
    const bad = [
      [1, true, 0],
      [0, false, full - 1],
      [0, false, 0],
      [0, true, full + 1],
      [0, false, full + 1],
    ] as const;
    for (const [index, isLast, length] of bad) expect(() => seal(index, isLast, length)).toThrow(misplaced);
    for (const index of [-1, 0.5, MAX_FILE_SEGMENTS, Number.NaN, 2 ** 32]) {
      expect(() => seal(index, true, 1)).toThrow(misplaced);
      expect(() => openSegment(segmentKey, { index, isLast: true }, new Uint8Array(17))).toThrow(refused);
    }
    for (const length of [0, 15, 16]) {
      expect(() => openSegment(segmentKey, { index: 1, isLast: true }, new Uint8Array(length))).toThrow(refused);
    }
  });
});
