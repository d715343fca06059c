import { createPublicKey, verify as nodeVerify } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { concatBytes, fromHex, Secret, systemRandom, toBase64Url, toHex, utf8 } from '@rogatory/kernel';
import { signaturePurposes, type SignaturePurpose } from '@rogatory/protocol';
import { ed25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { SigningKey, signatureInput } from './sign.js';
import { isSignature, verifyRaw, verifySignature } from './signature.js';

const runs = { seed: 1123, numRuns: process.env['ROGATORY_LONG'] === '1' ? 3_000 : 60 };
const purposes = Object.values(signaturePurposes);
const anyPurpose = fc.constantFrom(...purposes);
const seed = new Secret(Uint8Array.from({ length: 32 }, (_, i) => i));
const key = SigningKey.fromSeed(seed);
const publicKey = key.publicKey;

function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const out = bytes.slice();
  const at = Math.floor(bit / 8) % out.length;
  out[at] = (out[at] as number) ^ (1 << (bit % 8));
  return out;
}

describe('a signature for a purpose', () => {
  it('covers prefix, purpose, length and message, byte for byte', () => {
    const framed = signatureInput(signaturePurposes.login, utf8('ab'));
    expect(toHex(framed)).toBe(`${toHex(utf8('rogatory/sig/v1\0'))}0c000000026162`);
    const second = seed.use((bytes) => ed25519.sign(framed, bytes));
    expect(toHex(key.sign(signaturePurposes.login, utf8('ab')))).toBe(toHex(second));
  });

  it('verifies for its purpose and never for another', () => {
    fc.assert(
      fc.property(anyPurpose, fc.uint8Array({ maxLength: 300 }), (purpose, message) => {
        const signature = key.sign(purpose, message);
        for (const other of purposes) {
          expect(isSignature({ purpose: other, publicKey, message, signature })).toBe(other === purpose);
        }
        expect(verifyRaw(publicKey, message, signature)).toBe(false);
        expect(verifyRaw(publicKey, signatureInput(purpose, message), signature)).toBe(false);
      }),
      runs,
    );
  });

  it('fails when any bit of message, signature or key is flipped', () => {
    const message = utf8('the seat of the authority');
    const claim = { purpose: signaturePurposes.item, publicKey, message, signature: key.sign(9, message) };
    expect(isSignature(claim)).toBe(true);
    for (let bit = 0; bit < 512; bit++) {
      expect(isSignature({ ...claim, signature: flipBit(claim.signature, bit) })).toBe(false);
    }
    for (let bit = 0; bit < 256; bit++) {
      expect(isSignature({ ...claim, publicKey: flipBit(publicKey, bit) })).toBe(false);
    }
    for (let bit = 0; bit < 8 * message.length; bit++) {
      expect(isSignature({ ...claim, message: flipBit(message, bit) })).toBe(false);
    }
  });

  it('answers false, not an exception, for signatures and keys of any length', () => {
    const message = utf8('m');
    const signature = key.sign(signaturePurposes.item, message);
    for (const length of [0, 1, 31, 33, 63, 64, 65]) {
      const cut = concatBytes(signature, signature).slice(0, length);
      expect(isSignature({ purpose: 9, publicKey, message, signature: cut })).toBe(length === 64);
      const badKey = concatBytes(publicKey, publicKey, publicKey).slice(0, length);
      expect(isSignature({ purpose: 9, publicKey: badKey, message, signature })).toBe(false);
    }
  });

  it('throws one typed error that says nothing more', () => {
    const claim = { purpose: signaturePurposes.link, publicKey, message: utf8('m'), signature: new Uint8Array(64) };
    expect(() => verifySignature(claim)).toThrow(
      expect.objectContaining({ code: 'crypto/signature', family: 'verification', details: {} }),
    );
  });

  it('refuses purposes outside the registry', () => {
    for (const purpose of [0, 255, 256 + signaturePurposes.item, -1, 1.5]) {
      expect(() => key.sign(purpose as SignaturePurpose, utf8('m'))).toThrow(
        expect.objectContaining({ code: 'crypto/context' }),
      );
    }
  });

  it('by a small-order key holds for no message, where node:crypto says yes to all', () => {
    const small = fromHex(`01${'00'.repeat(31)}`);
    const signature = concatBytes(small, new Uint8Array(32));
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: toBase64Url(small) };
    const message = utf8('I never said this');
    expect(nodeVerify(null, message, createPublicKey({ key: jwk, format: 'jwk' }), signature)).toBe(true);
    expect(verifyRaw(small, message, signature)).toBe(false);
  });
});

describe('a raw signature, for notes', () => {
  it('verifies here and with a second implementation', () => {
    const note = utf8('example.org/log\n1\nAAAA\n');
    const signature = key.signRaw(note);
    expect(verifyRaw(publicKey, note, signature)).toBe(true);
    expect(ed25519.verify(signature, note, publicKey, { zip215: false })).toBe(true);
  });

  it('is never made over bytes that would verify as a purpose', () => {
    expect(() => key.signRaw(signatureInput(signaturePurposes.link, utf8('x')))).toThrow(
      expect.objectContaining({ code: 'crypto/reserved-prefix' }),
    );
  });
});

describe('SigningKey', () => {
  it('comes back from its exported seed', () => {
    const fresh = SigningKey.generate(systemRandom);
    const again = SigningKey.fromSeed(fresh.exportSeed());
    expect(toHex(again.publicKey)).toBe(toHex(fresh.publicKey));
    expect(toHex(again.sign(1, utf8('m')))).toBe(toHex(fresh.sign(1, utf8('m'))));
  });

  it('neither prints nor serialises, and is dead when wiped', () => {
    const fresh = SigningKey.fromSeed(new Secret(new Uint8Array(32).fill(0xab)));
    expect(JSON.stringify(fresh)).toBe('{}');
    expect(String(fresh)).not.toMatch(/ab|171/);
    fresh.wipe();
    expect(() => fresh.sign(1, utf8('m'))).toThrow(expect.objectContaining({ code: 'crypto/length' }));
  });

  it('hands out copies of its public key', () => {
    key.publicKey.fill(0);
    expect(toHex(key.publicKey)).toBe(toHex(publicKey));
  });

  it('refuses a seed of another length and a random source that falls short', () => {
    expect(() => SigningKey.fromSeed(new Secret(new Uint8Array(31)))).toThrow(
      expect.objectContaining({ code: 'crypto/length' }),
    );
    expect(() => SigningKey.generate(() => new Uint8Array(8))).toThrow(
      expect.objectContaining({ code: 'crypto/random' }),
    );
  });
});
