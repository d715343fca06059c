import { describe, expect, it } from '@jest/globals';
import { concatBytes, limits, Secret, systemRandom, toHex, utf8 } from '@rogatory/kernel';
import { type AeadPurpose, aeadPurposes, contexts } from '@rogatory/protocol';
import { xchacha20, xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { blake2b } from '@noble/hashes/blake2.js';
import fc from 'fast-check';
import { sodium } from '../sodium.js';
import { aeadMessageKey, aeadOpen, aeadOpenDisclosed, aeadSeal } from './content-aead.js';

const runs = { seed: 42, numRuns: process.env['ROGATORY_LONG'] === '1' ? 5_000 : 80 };
const refused = expect.objectContaining({ code: 'crypto/open', family: 'verification', details: {} });
const purposes = Object.values(aeadPurposes);
const input = fc.record({
  key: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  nonce: fc.uint8Array({ minLength: 24, maxLength: 24 }),
  purpose: fc.constantFrom(...purposes),
  plaintext: fc.uint8Array({ maxLength: 300 }),
  aad: fc.uint8Array({ maxLength: 100 }),
});

/** The formulas of the specification, once more, on other libraries. */
function secondMessageKey(key: Uint8Array, purpose: number, nonce: Uint8Array, aad: Uint8Array): Uint8Array {
  const aadHash = blake2b(concatBytes(utf8(`${contexts.aadHash}\0`), aad), { dkLen: 32 });
  const message = concatBytes(utf8('rogatory/aead/v1\0'), Uint8Array.of(purpose), nonce, aadHash);
  return blake2b(message, { dkLen: 32, key });
}

function secondExpand(messageKey: Uint8Array): { key: Uint8Array; commit: Uint8Array } {
  const expanded = blake2b(utf8('rogatory/aead-commit/v1\0'), { dkLen: 64, key: messageKey });
  return { key: expanded.slice(0, 32), commit: expanded.slice(32) };
}

function secondSeal(c: {
  key: Uint8Array;
  nonce: Uint8Array;
  purpose: number;
  plaintext: Uint8Array;
  aad: Uint8Array;
}) {
  const { key, commit } = secondExpand(secondMessageKey(c.key, c.purpose, c.nonce, c.aad));
  return concatBytes(c.nonce, commit, xchacha20poly1305(key, c.nonce, c.aad).encrypt(c.plaintext));
}

const secret = new Secret(new Uint8Array(32).fill(1));
const aad = utf8('case 7, compartment 2');
const sealedOnce = aeadSeal({
  secret,
  purpose: aeadPurposes.item,
  random: systemRandom,
  plaintext: utf8('seized'),
  aad,
});

describe('aeadSeal and aeadOpen', () => {
  it('agree byte for byte with a second implementation, and open what was sealed', () => {
    fc.assert(
      fc.property(input, (c) => {
        const sealed = aeadSeal({ ...c, secret: new Secret(c.key.slice()), random: () => c.nonce });
        expect(toHex(sealed)).toBe(toHex(secondSeal(c)));
        const opened = aeadOpen({ ...c, secret: new Secret(c.key.slice()), sealed });
        expect(toHex(opened)).toBe(toHex(c.plaintext));
      }),
      runs,
    );
  });

  it('refuse every flipped bit of the sealed value', () => {
    for (let bit = 0; bit < 8 * sealedOnce.length; bit++) {
      const sealed = sealedOnce.slice();
      sealed[bit >> 3] = (sealed[bit >> 3] as number) ^ (1 << (bit % 8));
      expect(() => aeadOpen({ secret, purpose: aeadPurposes.item, sealed, aad })).toThrow(refused);
    }
  });

  it('refuse every truncation and every addition', () => {
    for (let length = 0; length < sealedOnce.length; length++) {
      const sealed = sealedOnce.slice(0, length);
      expect(() => aeadOpen({ secret, purpose: aeadPurposes.item, sealed, aad })).toThrow(refused);
    }
    const longer = concatBytes(sealedOnce, Uint8Array.of(0));
    expect(() => aeadOpen({ secret, purpose: aeadPurposes.item, sealed: longer, aad })).toThrow(refused);
  });

  it('refuse another secret, purpose or context, all with the same answer', () => {
    fc.assert(
      fc.property(input, fc.nat(255), (c, bit) => {
        const key = new Secret(c.key.slice());
        const sealed = aeadSeal({ ...c, secret: key, random: () => c.nonce });
        const flipped = c.key.slice();
        flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit % 8));
        expect(() => aeadOpen({ ...c, secret: new Secret(flipped), sealed })).toThrow(refused);
        expect(() => aeadOpen({ ...c, secret: key, sealed, aad: concatBytes(c.aad, Uint8Array.of(0)) })).toThrow(
          refused,
        );
        for (const purpose of purposes.filter((other) => other !== c.purpose)) {
          expect(() => aeadOpen({ ...c, secret: key, purpose, sealed })).toThrow(refused);
        }
      }),
      { ...runs, numRuns: Math.min(runs.numRuns, 500) },
    );
  });

  it('never use a nonce twice', () => {
    const nonces = Array.from({ length: 200 }, () =>
      toHex(aeadSeal({ secret, purpose: 1, random: systemRandom, plaintext: new Uint8Array(), aad }).slice(0, 24)),
    );
    expect(new Set(nonces).size).toBe(nonces.length);
  });

  it('refuse what is no key, purpose or size as a bug of the caller', () => {
    const usage = (code: string) => expect.objectContaining({ code });
    const call = { secret, purpose: aeadPurposes.box, random: systemRandom, plaintext: utf8('x'), aad };
    for (const length of [0, 16, 31, 33, 64]) {
      const short = new Secret(new Uint8Array(length));
      expect(() => aeadSeal({ ...call, secret: short })).toThrow(usage('crypto/length'));
    }
    expect(() => aeadSeal({ ...call, purpose: 0 as AeadPurpose })).toThrow(usage('crypto/context'));
    expect(() => aeadSeal({ ...call, random: () => new Uint8Array(23) })).toThrow(usage('crypto/random'));
    const tooBig = new Uint8Array(limits.maxSealedBytes);
    expect(() => aeadSeal({ ...call, plaintext: tooBig })).toThrow(usage('crypto/length'));
    expect(() => aeadOpen({ ...call, sealed: new Uint8Array(limits.maxSealedBytes + 1) })).toThrow(refused);
  });
});

describe('a disclosed message key', () => {
  const messageKey = aeadMessageKey({ secret, purpose: aeadPurposes.item, sealed: sealedOnce, aad });

  it('opens its value and no other of the same secret', () => {
    expect(toHex(aeadOpenDisclosed({ messageKey, sealed: sealedOnce, aad }))).toBe(toHex(utf8('seized')));
    const other = aeadSeal({ secret, purpose: aeadPurposes.item, random: systemRandom, plaintext: utf8('other'), aad });
    expect(() => aeadOpenDisclosed({ messageKey, sealed: other, aad })).toThrow(refused);
    expect(() => aeadOpenDisclosed({ messageKey, sealed: sealedOnce, aad: utf8('case 8') })).toThrow(refused);
    expect(() => aeadOpenDisclosed({ messageKey: new Secret(new Uint8Array(31)), sealed: sealedOnce, aad })).toThrow(
      refused,
    );
  });
});

describe('one ciphertext made to open under two keys', () => {
  const nonce = new Uint8Array(24).fill(6);
  const purpose = aeadPurposes.item;
  const empty = new Uint8Array();
  const secrets = [new Uint8Array(32).fill(0x11), new Uint8Array(32).fill(0x22)] as const;
  const messageKeys = secrets.map((key) => secondMessageKey(key, purpose, nonce, empty));
  const expanded = messageKeys.map(secondExpand);
  const body = bodyUnderBoth(
    nonce,
    expanded.map(({ key }) => key),
  );
  const openBare = (key: Uint8Array) => sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, body, null, nonce, key);

  it('passes the bare cipher under both, with two readings (the attack is real)', () => {
    const readings = expanded.map(({ key }) => toHex(openBare(key)));
    expect(readings[0]).toHaveLength(64);
    expect(readings[1]).toHaveLength(64);
    expect(readings[0]).not.toBe(readings[1]);
  });

  it.each([
    [0, 1],
    [1, 0],
  ] as const)('opens only for the committed key %i, by secret and by message key', (mine, other) => {
    const sealed = concatBytes(nonce, expanded[mine]?.commit ?? empty, body);
    const secretOf = (i: 0 | 1) => new Secret(secrets[i].slice());
    const messageKeyOf = (i: 0 | 1) => new Secret((messageKeys[i] ?? empty).slice());
    expect(aeadOpen({ secret: secretOf(mine), purpose, sealed, aad: empty })).toHaveLength(32);
    expect(aeadOpenDisclosed({ messageKey: messageKeyOf(mine), sealed, aad: empty })).toHaveLength(32);
    expect(() => aeadOpen({ secret: secretOf(other), purpose, sealed, aad: empty })).toThrow(refused);
    expect(() => aeadOpenDisclosed({ messageKey: messageKeyOf(other), sealed, aad: empty })).toThrow(refused);
  });
});

/** Two ciphertext blocks and a tag that Poly1305 accepts under both keys: one linear equation modulo 2^130 - 5. */
function bodyUnderBoth(nonce: Uint8Array, keys: readonly Uint8Array[]): Uint8Array {
  const prime = 2n ** 130n - 5n;
  const mod = (value: bigint) => ((value % prime) + prime) % prime;
  const block = (bytes: Uint8Array) => little(bytes) + 2n ** 128n;
  const clamp = 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  const lengths = new Uint8Array(16);
  lengths[8] = 32;
  const macs = keys.map((key) => {
    const stream = xchacha20(key, nonce, new Uint8Array(32));
    return { r: little(stream.slice(0, 16)) & clamp, s: little(stream.slice(16)) };
  });
  const [one, two] = macs as [{ r: bigint; s: bigint }, { r: bigint; s: bigint }];
  for (let counter = 0; counter < 1_000; counter++) {
    const first = new Uint8Array(16).fill(counter % 256);
    first[0] = counter >> 8;
    const known = ({ r }: { r: bigint }) => mod(block(first) * r ** 3n + block(lengths) * r);
    for (let carry = -4n; carry <= 4n; carry++) {
      const wanted = two.s - one.s + carry * 2n ** 128n - known(one) + known(two);
      const free = mod(wanted * inverse(mod(one.r ** 2n - two.r ** 2n), prime));
      if (free < 2n ** 128n || free >= 2n ** 129n) continue;
      const tag = (mac: { r: bigint; s: bigint }) => (mod(known(mac) + free * mac.r ** 2n) + mac.s) % 2n ** 128n;
      if (tag(one) === tag(two)) return concatBytes(first, bytesOf(free - 2n ** 128n), bytesOf(tag(one)));
    }
  }
  throw new Error('no colliding body was found');
}

function inverse(value: bigint, prime: bigint): bigint {
  let [result, base, exponent] = [1n, value, prime - 2n];
  for (; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % prime;
    base = (base * base) % prime;
  }
  return result;
}

function little(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function bytesOf(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}
