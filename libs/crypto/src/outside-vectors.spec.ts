import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { concatBytes, fromHex, Secret, toHex } from '@rogatory/kernel';
import { ed25519 } from '@noble/curves/ed25519.js';
import { hmacSha256 } from './hash.js';
import { checkKemKey } from './key-checks.js';
import { segmentCipher as nodeCipher } from './runtime/segment-cipher.node.js';
import { segmentCipher as portableCipher } from './runtime/segment-cipher.portable.js';
import { sha256Runtime as portableSha256 } from './runtime/sha256.portable.js';
import { judged, packed } from './signature-batch.js';
import { encapsulate, KemKey } from './seal/kem.js';
import { verifyRaw } from './signature.js';
import { sodium } from './sodium.js';

const folder = join(import.meta.dirname, '../../../../shared/vectors');
const isPresent = existsSync(folder);
const withVectors = isPresent ? describe : describe.skip;
const note = isPresent ? '' : ' (skipped: ../shared/vectors is absent)';

interface WycheproofCase {
  readonly tcId: number;
  readonly result: 'valid' | 'invalid' | 'acceptable';
  readonly flags: readonly string[];
  readonly [field: string]: string | number | readonly string[];
}

interface WycheproofGroup {
  readonly tests: readonly WycheproofCase[];
  readonly publicKey?: { readonly pk: string };
}

function read<Content>(path: string): Content {
  return JSON.parse(readFileSync(join(folder, path), 'utf8')) as Content;
}

function groupsOf(name: string): readonly WycheproofGroup[] {
  return read<{ testGroups: readonly WycheproofGroup[] }>(`wycheproof/${name}.json`).testGroups;
}

function casesOf(name: string): readonly WycheproofCase[] {
  return groupsOf(name).flatMap((group) => group.tests);
}

function hex(test: WycheproofCase, field: string): Uint8Array {
  const value = test[field];
  return fromHex(typeof value === 'string' ? value : '');
}

/** The result of an operation that says no by throwing. */
function attempt(run: () => Uint8Array): string {
  try {
    return toHex(run());
  } catch {
    return 'refused';
  }
}

withVectors(`Ed25519 edge cases on which verifiers disagree${note}`, () => {
  // speccheck's table: case 3 is the only one that a strict, cofactorless verifier takes.
  const strictVerdicts = [false, false, false, true, false, false, false, false, false, false, false, false];

  it('gives the strict verdict on each, one by one and in a batch', () => {
    const cases = read<{ message: string; pub_key: string; signature: string }[]>('ed25519-edge/cases.json');
    const inputs = cases.map((c) => [fromHex(c.pub_key), fromHex(c.message), fromHex(c.signature)] as const);
    expect(inputs.map((input) => verifyRaw(...input))).toEqual(strictVerdicts);
    const batch = packed(inputs.map(([publicKey, bytes, signature]) => ({ publicKey, bytes, signature })));
    expect([...judged(batch)].map((verdict) => verdict === 1)).toEqual(strictVerdicts);
  });
});

withVectors(`Wycheproof Ed25519${note}`, () => {
  it('gives the published verdict, alone and in a batch, and that of a second strict verifier', () => {
    let count = 0;
    for (const group of groupsOf('ed25519_test')) {
      const publicKey = fromHex(group.publicKey?.pk ?? '');
      for (const test of group.tests) {
        const [message, signature] = [hex(test, 'msg'), hex(test, 'sig')];
        const verdict = verifyRaw(publicKey, message, signature);
        expect([test.tcId, verdict]).toEqual([test.tcId, test.result === 'valid']);
        const second = signature.length === 64 && ed25519.verify(signature, message, publicKey, { zip215: false });
        expect([test.tcId, verdict]).toEqual([test.tcId, second]);
        const [batched] = judged(packed([{ publicKey, bytes: message, signature }]));
        expect([test.tcId, batched]).toEqual([test.tcId, verdict ? 1 : 0]);
        count++;
      }
    }
    expect(count).toBe(151);
  });
});

withVectors(`Wycheproof X25519${note}`, () => {
  const goodKey = KemKey.fromSeed(new Secret(new Uint8Array(32).fill(7))).publicKey;

  function isAdmitted(u: Uint8Array): boolean {
    try {
      checkKemKey(concatBytes(goodKey.subarray(0, 1184), u));
      return true;
    } catch {
      return false;
    }
  }

  it('admits no X-Wing key whose X25519 half is of low order or not canonical, and every other', () => {
    const bad = new Set(['LowOrderPublic', 'NonCanonicalPublic', 'ZeroSharedSecret']);
    for (const test of casesOf('x25519_test')) {
      const u = hex(test, 'public');
      const isBad = test.flags.some((flag) => bad.has(flag)) || ((u[31] as number) & 0x80) !== 0;
      expect([test.tcId, isAdmitted(u)]).toEqual([test.tcId, !isBad]);
    }
  });

  it('computes the published shared secrets and refuses the zero one', () => {
    for (const test of casesOf('x25519_test')) {
      const result = attempt(() => sodium.crypto_scalarmult(hex(test, 'private'), hex(test, 'public')));
      const expected = test.flags.includes('ZeroSharedSecret') ? 'refused' : test['shared'];
      expect([test.tcId, result]).toEqual([test.tcId, expected]);
    }
  });
});

withVectors(`Wycheproof ChaCha20-Poly1305 and XChaCha20-Poly1305${note}`, () => {
  it('agrees on ChaCha20-Poly1305-IETF; the segment ciphers of both runtimes where there is no associated data', () => {
    let segments = 0;
    for (const test of casesOf('chacha20_poly1305_test')) {
      const [key, iv, aad, msg] = [hex(test, 'key'), hex(test, 'iv'), hex(test, 'aad'), hex(test, 'msg')];
      const sealed = concatBytes(hex(test, 'ct'), hex(test, 'tag'));
      const isValid = test.result === 'valid';
      const opened = attempt(() => sodium.crypto_aead_chacha20poly1305_ietf_decrypt(null, sealed, aad, iv, key));
      expect([test.tcId, opened]).toEqual([test.tcId, isValid ? toHex(msg) : 'refused']);
      if (aad.length > 0 || iv.length !== 12) continue;
      for (const cipher of [nodeCipher, portableCipher]) {
        expect(cipher.decrypt(key, iv, sealed)).toEqual(isValid ? msg : undefined);
        const made = new Uint8Array(msg.length + 16);
        cipher.encryptInto(made, key, iv, msg);
        if (isValid) expect(toHex(made)).toBe(toHex(sealed));
      }
      segments++;
    }
    expect(segments).toBeGreaterThan(30);
  });

  it('agrees on XChaCha20-Poly1305', () => {
    for (const test of casesOf('xchacha20_poly1305_test')) {
      const [key, iv, aad, msg] = [hex(test, 'key'), hex(test, 'iv'), hex(test, 'aad'), hex(test, 'msg')];
      const sealed = concatBytes(hex(test, 'ct'), hex(test, 'tag'));
      const opened = attempt(() => sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, sealed, aad, iv, key));
      const isValid = test.result === 'valid';
      expect([test.tcId, opened]).toEqual([test.tcId, isValid ? toHex(msg) : 'refused']);
      if (!isValid) continue;
      const made = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(msg, aad, null, iv, key);
      expect(toHex(made)).toBe(toHex(sealed));
    }
  });
});

withVectors(`Wycheproof HMAC-SHA-256${note}`, () => {
  it('agrees in both runtimes, truncated tags included', () => {
    for (const test of casesOf('hmac_sha256_test')) {
      const [key, msg, tag] = [hex(test, 'key'), hex(test, 'msg'), hex(test, 'tag')];
      for (const full of [hmacSha256(key, msg), portableSha256.hmac(key, [msg])]) {
        const matches = toHex(full.slice(0, tag.length)) === toHex(tag);
        expect([test.tcId, matches]).toEqual([test.tcId, test.result === 'valid']);
      }
    }
  });
});

withVectors(`Wycheproof ML-KEM-768${note}`, () => {
  it('decapsulates as published, refuses wrong lengths, and admits every published key', () => {
    const x25519Half = KemKey.fromSeed(new Secret(new Uint8Array(32).fill(9))).publicKey.subarray(1184);
    for (const test of casesOf('mlkem_768_test')) {
      const result = attempt(() => {
        const pair = sodium.crypto_kem_mlkem768_seed_keypair(hex(test, 'seed'));
        expect(toHex(pair.publicKey)).toBe(test['ek']);
        checkKemKey(concatBytes(pair.publicKey, x25519Half));
        return sodium.crypto_kem_mlkem768_dec(hex(test, 'c'), pair.privateKey);
      });
      expect([test.tcId, result]).toEqual([test.tcId, test.result === 'valid' ? test['K'] : 'refused']);
    }
  });
});

withVectors(`X-Wing${note}`, () => {
  it('makes, encapsulates and decapsulates as published', () => {
    const cases = read<Record<'seed' | 'eseed' | 'ss' | 'pk' | 'ct', string>[]>('xwing/test-vectors.json');
    expect(cases).toHaveLength(3);
    for (const test of cases) {
      const key = KemKey.fromSeed(new Secret(fromHex(test.seed)));
      expect(toHex(key.publicKey)).toBe(test.pk);
      const { ciphertext, sharedSecret } = encapsulate(key.publicKey, () => fromHex(test.eseed));
      expect(toHex(ciphertext)).toBe(test.ct);
      expect(sharedSecret.use(toHex)).toBe(test.ss);
      expect(key.decapsulate(fromHex(test.ct)).use(toHex)).toBe(test.ss);
    }
  });
});
