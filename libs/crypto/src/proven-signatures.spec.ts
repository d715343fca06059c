import { describe, expect, it } from '@jest/globals';
import { concatBytes, limits, Secret, utf8 } from '@rogatory/kernel';
import { signaturePurposes } from '@rogatory/protocol';
import fc from 'fast-check';
import { ProvenSignatures } from './proven-signatures.js';
import { addOrder, smallOrderPoints } from './runtime/ed25519.contract.js';
import { judged, packed } from './signature-batch.js';
import { SigningKey } from './sign.js';
import type { SignatureCheck, SignedBytes } from './signature-check.js';
import { type SignatureClaim, verifyRaw } from './signature.js';

const runs = { seed: 1124, numRuns: process.env['ROGATORY_LONG'] === '1' ? 5_000 : 100 };
const key = SigningKey.fromSeed(new Secret(new Uint8Array(32).fill(11)));
const other = SigningKey.fromSeed(new Secret(new Uint8Array(32).fill(12)));
const purpose = signaturePurposes.link;

function claimOf(text: string): SignatureClaim {
  const message = utf8(text);
  return { purpose, publicKey: key.publicKey, message, signature: key.sign(purpose, message) };
}

function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const out = bytes.slice();
  out[bit >> 3] = (out[bit >> 3] as number) ^ (1 << (bit & 7));
  return out;
}

/** Signed bytes and what may have become of them on the way. */
const anySigned = fc
  .record({
    bytes: fc.uint8Array({ minLength: 40, maxLength: 200 }),
    signedBy: fc.constantFrom(key, key, other),
    part: fc.constantFrom('nothing', 'key', 'signature', 'bytes', 'small key', 'small r', 'raised s'),
    bit: fc.nat(255),
    small: fc.constantFrom(...smallOrderPoints),
  })
  .map(({ bytes, signedBy, part, bit, small }) => {
    const signature = signedBy.signRaw(bytes);
    const [r, s] = [signature.subarray(0, 32), signature.subarray(32)];
    const whole: SignedBytes = { publicKey: key.publicKey, bytes, signature };
    const changes: Readonly<Record<typeof part, Partial<SignedBytes>>> = {
      nothing: {},
      key: { publicKey: flipBit(key.publicKey, bit) },
      signature: { signature: flipBit(signature, bit * 2) },
      bytes: { bytes: flipBit(bytes, bit) },
      'small key': { publicKey: small },
      'small r': { signature: concatBytes(small, s) },
      'raised s': { signature: concatBytes(r, addOrder(s)) },
    };
    return { ...whole, ...changes[part] };
  });

describe('checks in a batch', () => {
  const signRaw = (text: string) => ({
    bytes: utf8(text),
    publicKey: key.publicKey,
    signature: key.signRaw(utf8(text)),
  });

  it('say yes where libsodium does and nowhere else, whatever was changed', () => {
    let good = 0;
    fc.assert(
      fc.property(fc.array(anySigned, { minLength: 1, maxLength: 5 }), (signed) => {
        const strict = signed.map(({ publicKey, bytes, signature }) =>
          verifyRaw(publicKey, bytes, signature) ? 1 : 0,
        );
        expect([...judged(packed(signed))]).toEqual(strict);
        good += strict.filter((verdict) => verdict === 1).length;
      }),
      runs,
    );
    expect(good).toBeGreaterThan(10);
  });

  it('say no of keys and signatures of another length, and go on behind them', () => {
    const good = signRaw('m');
    for (const length of [0, 31, 33, 63, 65]) {
      const signed = [
        { ...good, publicKey: new Uint8Array(length) },
        good,
        { ...good, signature: new Uint8Array(length) },
      ];
      expect([...judged(packed(signed))]).toEqual([0, 1, 0]);
    }
  });
});

/** In the calling thread, which a test has at hand. */
const here: SignatureCheck = { prove: async (signed) => [...judged(packed(signed))].map((verdict) => verdict === 1) };

describe('signatures proven beforehand', () => {
  it('hold, once proven or not', async () => {
    const proven = new ProvenSignatures(here);
    const claims = ['a', 'b', 'c'].map(claimOf);
    await proven.prove(claims.slice(0, 2));
    for (const claim of [...claims, ...claims]) expect(() => proven.verifySignature(claim)).not.toThrow();
  });

  it('prove nothing else: another message, key, purpose or signature is checked for itself', async () => {
    const claim = claimOf('the seat of the authority');
    const wrong: SignatureClaim[] = [
      { ...claim, message: utf8('another') },
      { ...claim, publicKey: other.publicKey },
      { ...claim, purpose: signaturePurposes.item },
      { ...claim, signature: flipBit(claim.signature, 300) },
    ];
    for (const changed of wrong) {
      const proven = new ProvenSignatures(here);
      await proven.prove([claim]);
      expect(() => proven.verifySignature(changed)).toThrow(expect.objectContaining({ code: 'crypto/signature' }));
    }
  });

  it('are not made by a claim that does not hold, nor by bytes changed since', async () => {
    const proven = new ProvenSignatures(here);
    const forged = { ...claimOf('a'), message: utf8('b') };
    const changing = claimOf('c');
    const proving = proven.prove([forged, changing]);
    changing.message[0] = 0x64;
    await proving;
    expect(() => proven.verifySignature(forged)).toThrow(expect.objectContaining({ code: 'crypto/signature' }));
    expect(() => proven.verifySignature(changing)).toThrow(expect.objectContaining({ code: 'crypto/signature' }));
  });

  it('never fill the memory, and hold beyond what is remembered', async () => {
    const proven = new ProvenSignatures(here);
    const claim = claimOf('once');
    await proven.prove(Array.from({ length: limits.maxProvenSignatures / 64 }, () => claim));
    expect(() => proven.verifySignature(claim)).not.toThrow();
    expect(() => proven.verifySignature(claim)).not.toThrow();
  });
});
