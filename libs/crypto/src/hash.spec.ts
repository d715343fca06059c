import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { concatBytes, Secret, toHex, UsageError, utf8 } from '@rogatory/kernel';
import { type Context, contexts } from '@rogatory/protocol';
import { blake2b } from '@noble/hashes/blake2.js';
import { hmac as nobleHmac } from '@noble/hashes/hmac.js';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { hash, hmacSha256, isEqualConstantTime, keyedHash, sha256, sha256Stream } from './hash.js';
import { sha256Runtime as nodeSha256 } from './runtime/sha256.node.js';
import { sha256Runtime as portableSha256 } from './runtime/sha256.portable.js';

const runs = { seed: 20261123, numRuns: process.env['ROGATORY_LONG'] === '1' ? 5_000 : 150 };
const bytes = (maxLength = 400) => fc.uint8Array({ maxLength });
const parts = fc.array(bytes(200), { maxLength: 5 });

describe('SHA-256', () => {
  it('gives the same bytes in both runtimes at every length around the block boundaries', () => {
    const data = Uint8Array.from({ length: 300 }, (_, i) => (i * 131 + 7) % 256);
    for (let length = 0; length <= data.length; length++) {
      const input = data.subarray(0, length);
      const expected = createHash('sha256').update(input).digest('hex');
      expect(toHex(nodeSha256.digest([input]))).toBe(expected);
      expect(toHex(portableSha256.digest([input]))).toBe(expected);
    }
  });

  it('does not depend on how the input is cut, nor on the runtime', () => {
    fc.assert(
      fc.property(parts, (cut) => {
        const expected = toHex(nobleSha256(concatBytes(...cut)));
        const streamed = cut.reduce((running, part) => running.update(part), sha256Stream());
        expect(toHex(sha256(...cut))).toBe(expected);
        expect(toHex(streamed.digest())).toBe(expected);
        expect(toHex(portableSha256.digest(cut))).toBe(expected);
      }),
      runs,
    );
  });

  it('takes large parts', () => {
    const big = [new Uint8Array(9_000).fill(1), new Uint8Array(70_000).fill(2)];
    expect(toHex(sha256(...big))).toBe(toHex(nobleSha256(concatBytes(...big))));
    expect(toHex(portableSha256.digest(big))).toBe(toHex(nobleSha256(concatBytes(...big))));
  });

  it('answers plain Uint8Arrays', () => {
    expect(Object.getPrototypeOf(sha256(utf8('x')))).toBe(Uint8Array.prototype);
    expect(Object.getPrototypeOf(hmacSha256(utf8('k'), utf8('x')))).toBe(Uint8Array.prototype);
  });
});

describe('HMAC-SHA-256', () => {
  it('agrees with a second implementation in both runtimes, also for keys longer than a block', () => {
    fc.assert(
      fc.property(bytes(150), parts, (key, message) => {
        const expected = toHex(nobleHmac(nobleSha256, key, concatBytes(...message)));
        expect(toHex(hmacSha256(key, ...message))).toBe(expected);
        expect(toHex(hmacSha256(new Secret(key), ...message))).toBe(expected);
        expect(toHex(portableSha256.hmac(key, message))).toBe(expected);
      }),
      runs,
    );
  });
});

describe('hash with a context', () => {
  it('is BLAKE2b-256 over context, zero byte and parts, by a second implementation', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(contexts)), parts, (context, input) => {
        const expected = blake2b(concatBytes(utf8(`${context}\0`), ...input), { dkLen: 32 });
        expect(toHex(hash(context, ...input))).toBe(toHex(expected));
      }),
      runs,
    );
  });

  it('differs between all contexts, no context being the beginning of another with its zero byte', () => {
    const all = Object.values(contexts);
    expect(new Set(all).size).toBe(all.length);
    expect(new Set(all.map((context) => toHex(hash(context, utf8('same'))))).size).toBe(all.length);
    for (const context of all) expect(context).toMatch(/^rogatory\/[a-z0-9-]+\/v\d+$/);
  });

  it('refuses a context outside the registry', () => {
    expect(() => hash('rogatory/invented/v1' as Context, utf8('x'))).toThrow(UsageError);
    expect(() => hash('toString' as Context, utf8('x'))).toThrow(UsageError);
  });
});

describe('keyedHash', () => {
  const key = new Secret(new Uint8Array(32).fill(3));

  it('is keyed BLAKE2b, by a second implementation', () => {
    fc.assert(
      fc.property(parts, fc.constantFrom(32 as const, 64 as const), (input, length) => {
        const message = concatBytes(utf8(`${contexts.read}\0`), ...input);
        const expected = key.use((bytes) => blake2b(message, { dkLen: length, key: bytes }));
        expect(toHex(keyedHash({ key, context: contexts.read, length }, ...input))).toBe(toHex(expected));
      }),
      runs,
    );
  });

  it('refuses a key that is short, long or wiped', () => {
    const wiped = new Secret(new Uint8Array(32));
    wiped.wipe();
    for (const bad of [new Uint8Array(31), new Uint8Array(33), new Uint8Array(0), wiped]) {
      expect(() => keyedHash({ key: bad, context: contexts.read, length: 32 })).toThrow(
        expect.objectContaining({ code: 'crypto/length' }),
      );
    }
  });
});

describe('isEqualConstantTime', () => {
  it('is equality', () => {
    fc.assert(
      fc.property(bytes(40), bytes(40), (a, b) => {
        expect(isEqualConstantTime(a, a.slice())).toBe(true);
        expect(isEqualConstantTime(a, b)).toBe(toHex(a) === toHex(b));
      }),
      runs,
    );
  });
});
