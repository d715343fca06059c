import { describe, expect, it } from '@jest/globals';
import { concatBytes, fromHex, Secret, systemRandom, VerificationError } from '@rogatory/kernel';
import { currentSuite, suites } from '@rogatory/protocol';
import { ed25519, ED25519_TORSION_SUBGROUP } from '@noble/curves/ed25519.js';
import { checkKemKey, checkSigningKey, checkSuite } from './key-checks.js';
import { encapsulate, KemKey } from './seal/kem.js';
import { SigningKey } from './sign.js';
import { sodium } from './sodium.js';

const weak = expect.objectContaining({ code: 'crypto/weak-key', family: 'verification' });
const P = 2n ** 255n - 19n;

function littleEndian(value: bigint): Uint8Array {
  return fromHex(value.toString(16).padStart(64, '0')).reverse();
}

describe('checkSigningKey', () => {
  it('admits generated keys', () => {
    for (let i = 0; i < 50; i++) {
      const { publicKey } = SigningKey.generate(systemRandom);
      expect(() => checkSigningKey(publicKey)).not.toThrow();
    }
  });

  it('refuses all eight points of small order', () => {
    for (const point of ED25519_TORSION_SUBGROUP) {
      expect(() => checkSigningKey(fromHex(point))).toThrow(weak);
    }
  });

  it('refuses a point outside the main subgroup, which a signature check alone would take', () => {
    const honest = ed25519.Point.fromBytes(SigningKey.fromSeed(new Secret(new Uint8Array(32))).publicKey);
    for (const torsion of ED25519_TORSION_SUBGROUP) {
      const mixed = honest.add(ed25519.Point.fromHex(torsion));
      const isHonest = mixed.equals(honest);
      if (isHonest) expect(() => checkSigningKey(mixed.toBytes())).not.toThrow();
      else expect(() => checkSigningKey(mixed.toBytes())).toThrow(weak);
    }
  });

  it('refuses every second encoding of a coordinate, with either sign', () => {
    for (let over = 0n; over < 19n; over++) {
      for (const sign of [0, 0x80]) {
        const encoded = littleEndian(P + over);
        encoded[31] = (encoded[31] as number) | sign;
        expect(() => checkSigningKey(encoded)).toThrow(weak);
      }
    }
  });

  it('refuses what is not on the curve or not 32 bytes', () => {
    const offCurve = new Uint8Array(32);
    offCurve[0] = 2;
    expect(() => checkSigningKey(offCurve)).toThrow(weak);
    for (const length of [0, 31, 33, 64]) expect(() => checkSigningKey(new Uint8Array(length))).toThrow(weak);
  });
});

describe('checkKemKey', () => {
  const good = KemKey.fromSeed(new Secret(new Uint8Array(32).fill(5))).publicKey;
  const withX25519 = (u: Uint8Array) => concatBytes(good.subarray(0, 1184), u);

  it('admits generated keys', () => {
    for (let i = 0; i < 50; i++) {
      const { publicKey } = KemKey.generate(systemRandom);
      expect(() => checkKemKey(publicKey)).not.toThrow();
    }
  });

  it('refuses low order and second encodings in the X25519 half, and knows every point that libsodium refuses', () => {
    const lowOrder = [
      0n,
      1n,
      325606250916557431795983626356110631294008115727848805560023387167927233504n,
      39382357235489614581723060781553021112529911719440698176882885853963445705823n,
      P - 1n,
    ];
    for (const u of lowOrder) {
      expect(() => checkKemKey(withX25519(littleEndian(u)))).toThrow(weak);
      expect(() => sodium.crypto_scalarmult(new Uint8Array(32).fill(9), littleEndian(u))).toThrow();
      expect(() => encapsulate(withX25519(littleEndian(u)), systemRandom)).toThrow(weak);
    }
    for (let over = 0n; over < 19n; over++) expect(() => checkKemKey(withX25519(littleEndian(P + over)))).toThrow(weak);
    const highBit = good.slice(1184);
    highBit[31] = (highBit[31] as number) | 0x80;
    expect(() => checkKemKey(withX25519(highBit))).toThrow(weak);
  });

  it('refuses each coefficient at the modulus, admits it one below, and libsodium agrees', () => {
    for (let index = 0; index < 768; index += 1) {
      expect(() => checkKemKey(withCoefficient(good, index, 3329))).toThrow(weak);
      expect(() => checkKemKey(withCoefficient(good, index, 3328))).not.toThrow();
    }
    const unreduced = withCoefficient(good, 400, 4095);
    expect(() => sodium.crypto_kem_xwing_enc(unreduced)).toThrow();
    expect(() => encapsulate(unreduced, systemRandom)).toThrow(weak);
  });

  it('refuses every other length', () => {
    for (const length of [0, 32, 1184, 1215, 1217]) expect(() => checkKemKey(new Uint8Array(length))).toThrow(weak);
  });
});

/** SPEC: FIPS 203 ByteEncode12: coefficient i occupies bits 12 i to 12 i + 11, low bit first. */
function withCoefficient(key: Uint8Array, index: number, value: number): Uint8Array {
  const out = key.slice();
  for (let bit = 0; bit < 12; bit++) {
    const at = 12 * index + bit;
    const mask = 1 << (at % 8);
    const byte = out[at >> 3] as number;
    out[at >> 3] = (value >> bit) & 1 ? byte | mask : byte & ~mask;
  }
  return out;
}

describe('checkSuite', () => {
  it('takes the compiled suite and refuses every other number', () => {
    expect(() => checkSuite(currentSuite)).not.toThrow();
    for (const suite of [0, suites.x25519, 3, 4, 65_537, -1, Number.NaN]) {
      expect(() => checkSuite(suite)).toThrow(VerificationError);
    }
  });
});
