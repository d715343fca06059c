import { describe, expect, it } from '@jest/globals';
import { concatBytes, Secret, systemRandom, toHex } from '@rogatory/kernel';
import { ml_kem768_x25519 } from '@noble/post-quantum/hybrid.js';
import fc from 'fast-check';
import { encapsulate, KemKey } from './kem.js';

const runs = { seed: 768, numRuns: process.env['ROGATORY_LONG'] === '1' ? 1_000 : 25 };
const fixed = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const hexOf = (secret: Secret) => secret.use(toHex);

describe('X-Wing', () => {
  it('agrees with a second implementation in keys, ciphertexts and secrets', () => {
    fc.assert(
      fc.property(fixed(32), fixed(64), (seed, coins) => {
        const second = ml_kem768_x25519.keygen(seed);
        const key = KemKey.fromSeed(new Secret(seed.slice()));
        expect(toHex(key.publicKey)).toBe(toHex(second.publicKey));
        const { ciphertext, sharedSecret } = encapsulate(key.publicKey, () => coins.slice());
        const theirs = ml_kem768_x25519.encapsulate(second.publicKey, coins);
        expect(toHex(ciphertext)).toBe(toHex(theirs.cipherText));
        expect(hexOf(sharedSecret)).toBe(toHex(theirs.sharedSecret));
        expect(hexOf(key.decapsulate(ciphertext))).toBe(hexOf(sharedSecret));
        expect(toHex(ml_kem768_x25519.decapsulate(ciphertext, second.secretKey))).toBe(hexOf(sharedSecret));
      }),
      runs,
    );
  });

  it('yields another secret, or none, for any changed bit and for any other key', () => {
    const key = KemKey.generate(systemRandom);
    const { ciphertext, sharedSecret } = encapsulate(key.publicKey, systemRandom);
    const right = hexOf(sharedSecret);
    for (let at = 0; at < ciphertext.length; at += 13) {
      const changed = ciphertext.slice();
      changed[at] = (changed[at] as number) ^ 0x10;
      expect(hexOf(key.decapsulate(changed))).not.toBe(right);
    }
    expect(hexOf(KemKey.generate(systemRandom).decapsulate(ciphertext))).not.toBe(right);
  });

  it('never gives two encapsulations the same secret or ciphertext', () => {
    const { publicKey } = KemKey.generate(systemRandom);
    const made = Array.from({ length: 20 }, () => encapsulate(publicKey, systemRandom));
    expect(new Set(made.map(({ ciphertext }) => toHex(ciphertext))).size).toBe(20);
    expect(new Set(made.map(({ sharedSecret }) => hexOf(sharedSecret))).size).toBe(20);
  });

  it('refuses ciphertexts of a wrong length or with a low-order share', () => {
    const key = KemKey.generate(systemRandom);
    const { ciphertext } = encapsulate(key.publicKey, systemRandom);
    const refused = expect.objectContaining({ code: 'crypto/open', family: 'verification' });
    for (const length of [0, 32, 1088, 1119])
      expect(() => key.decapsulate(ciphertext.slice(0, length))).toThrow(refused);
    expect(() => key.decapsulate(concatBytes(ciphertext, Uint8Array.of(0)))).toThrow(refused);
    const lowOrder = concatBytes(ciphertext.slice(0, 1088), new Uint8Array(32));
    expect(() => key.decapsulate(lowOrder)).toThrow(refused);
  });
});

describe('KemKey', () => {
  it('comes back from its exported seed, and neither prints nor serialises', () => {
    const key = KemKey.generate(systemRandom);
    expect(toHex(KemKey.fromSeed(key.exportSeed()).publicKey)).toBe(toHex(key.publicKey));
    expect(JSON.stringify(key)).toBe('{}');
  });

  it('is dead when wiped, and hands out copies of its public key', () => {
    const key = KemKey.generate(systemRandom);
    const before = toHex(key.publicKey);
    key.publicKey.fill(0);
    expect(toHex(key.publicKey)).toBe(before);
    const { ciphertext } = encapsulate(key.publicKey, systemRandom);
    key.wipe();
    expect(() => key.decapsulate(ciphertext)).toThrow(expect.objectContaining({ code: 'crypto/length' }));
  });

  it('refuses a seed of another length and a random source that falls short', () => {
    expect(() => KemKey.fromSeed(new Secret(new Uint8Array(64)))).toThrow(
      expect.objectContaining({ code: 'crypto/length' }),
    );
    const { publicKey } = KemKey.generate(systemRandom);
    const short = expect.objectContaining({ code: 'crypto/random', family: 'internal' });
    expect(() => KemKey.generate(() => new Uint8Array(0))).toThrow(short);
    expect(() => encapsulate(publicKey, () => new Uint8Array(63))).toThrow(short);
  });
});
