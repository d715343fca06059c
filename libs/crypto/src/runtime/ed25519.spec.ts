import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { concatBytes, fromHex, utf8 } from '@rogatory/kernel';
import { ed25519 as second, ED25519_TORSION_SUBGROUP } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { addOrder, ed25519Contract, expandedKey, smallOrderPoints } from './ed25519.contract.js';
import type { Ed25519 } from './ed25519.js';
import { nativeEd25519 } from './ed25519.native.js';
import { ed25519 as chosen } from './ed25519.node.js';
import { ed25519 as portable } from './ed25519.portable.js';

const runs = { seed: 1125, numRuns: process.env['ROGATORY_LONG'] === '1' ? 20_000 : 250 };
const platform = `${process.platform}-${process.arch}`;
const addonPath = `sodium-native/prebuilds/${platform}/sodium-native.node`;
const vectors = join(import.meta.dirname, '../../../../../shared/vectors');

/** Platforms for which the package brings an addon; elsewhere, and where the C library differs, there is one driver. */
const served = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win32-x64', 'win32-arm64'];
const isMusl = existsSync('/etc/alpine-release');
const isInstalled = existsSync(join(import.meta.dirname, '../../../../node_modules/sodium-native/package.json'));
const isServed = served.includes(platform) && !isMusl && isInstalled;
const withAddon = isServed ? describe : describe.skip;

const loadAddon = (): unknown => createRequire(import.meta.url)(addonPath);

ed25519Contract(portable);
if (isServed) ed25519Contract(chosen);

const { Point } = second;
const L = Point.Fn.ORDER;
const littleEndian = (bytes: Uint8Array): bigint => bytes.reduceRight((sum, byte) => (sum << 8n) + BigInt(byte), 0n);
const scalarBytes = (value: bigint): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));

/** A signature over points with a part of small order: verifiers with and without the cofactor disagree on it. */
function mixedOrder(seed: Uint8Array, message: Uint8Array, inKey: number, inR: number) {
  const torsion = (i: number) => Point.fromHex(ED25519_TORSION_SUBGROUP[i % 8] ?? '');
  const { scalar } = second.utils.getExtendedPublicKey(seed);
  const nonce = littleEndian(sha512(concatBytes(seed, message))) % L;
  const publicKey = Point.BASE.multiply(scalar).add(torsion(inKey)).toBytes();
  const r = Point.BASE.multiply(nonce).add(torsion(inR)).toBytes();
  const h = littleEndian(sha512(concatBytes(r, publicKey, message))) % L;
  return { publicKey, message, signature: concatBytes(r, scalarBytes((nonce + h * scalar) % L)) };
}

const ways = [
  'honest',
  'key bit',
  'signature bit',
  'message bit',
  'small key',
  'small R',
  'both small',
  'raised S',
] as const;

function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const out = bytes.slice();
  const at = (bit >> 3) % out.length;
  out[at] = (out[at] as number) ^ (1 << (bit & 7));
  return out;
}

interface Judged {
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

const changed = fc
  .record({
    seed: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    message: fc.uint8Array({ minLength: 1, maxLength: 300 }),
    way: fc.constantFrom(...ways),
    bit: fc.nat(511),
    point: fc.constantFrom(...smallOrderPoints),
    other: fc.constantFrom(...smallOrderPoints),
  })
  .map(({ seed, message, way, bit, point, other }): Judged => {
    const signature = portable.sign(message, expandedKey(seed));
    const publicKey = second.getPublicKey(seed);
    const s = signature.subarray(32);
    const changes: Readonly<Record<typeof way, Partial<Judged>>> = {
      honest: {},
      'key bit': { publicKey: flipBit(publicKey, bit) },
      'signature bit': { signature: flipBit(signature, bit) },
      'message bit': { message: flipBit(message, bit) },
      'small key': { publicKey: point },
      'small R': { signature: concatBytes(point, s) },
      'both small': { publicKey: point, signature: concatBytes(other, bit % 2 === 0 ? new Uint8Array(32) : s) },
      'raised S': { signature: concatBytes(signature.subarray(0, 32), addOrder(s)) },
    };
    return { publicKey, message, signature, ...changes[way] };
  });

const mixed = fc
  .record({
    seed: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    message: fc.uint8Array({ minLength: 1, maxLength: 40 }),
    inKey: fc.nat(7),
    inR: fc.nat(7),
  })
  .map(({ seed, message, inKey, inR }): Judged => mixedOrder(seed, message, inKey, inR));

const anyBytes = fc.record({
  publicKey: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  message: fc.uint8Array({ maxLength: 40 }),
  signature: fc.uint8Array({ minLength: 64, maxLength: 64 }),
});

function verdictOf(driver: Ed25519, { publicKey, message, signature }: Judged): boolean {
  return driver.verify(publicKey, message, signature);
}

withAddon('both drivers', () => {
  it('are there: the addon of this platform loads and is chosen', () => {
    expect([chosen.driver, portable.driver]).toEqual(['native', 'webassembly']);
  });

  it('give one verdict on whatever is signed, changed, of small or of mixed order', () => {
    const counts = new Map<boolean, number>();
    fc.assert(
      fc.property(fc.oneof(changed, mixed, anyBytes), (judged) => {
        const verdict = verdictOf(portable, judged);
        expect(verdictOf(chosen, judged)).toBe(verdict);
        counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
      }),
      runs,
    );
    expect(counts.get(true)).toBeGreaterThan(10);
    expect(counts.get(false)).toBeGreaterThan(100);
  });

  it('give one signature', () => {
    const bytes = fc.uint8Array({ maxLength: 500 });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), bytes, (seed, message) => {
        const key = expandedKey(seed);
        expect(chosen.sign(message, key)).toEqual(portable.sign(message, key));
      }),
      { ...runs, numRuns: runs.numRuns / 5 },
    );
  });

  (existsSync(vectors) ? it : it.skip)('give the published verdicts of Wycheproof and of the edge cases', () => {
    const cases: { judged: Judged; isValid: boolean }[] = [];
    const read = (path: string): string => readFileSync(join(vectors, path), 'utf8');
    const edge = JSON.parse(read('ed25519-edge/cases.json')) as Record<'message' | 'pub_key' | 'signature', string>[];
    edge.forEach(({ message, pub_key, signature }, i) => {
      const judged = { publicKey: fromHex(pub_key), message: fromHex(message), signature: fromHex(signature) };
      cases.push({ judged, isValid: i === 3 });
    });
    const { testGroups } = JSON.parse(read('wycheproof/ed25519_test.json')) as {
      testGroups: { publicKey: { pk: string }; tests: Record<'msg' | 'sig' | 'result', string>[] }[];
    };
    for (const { publicKey, tests } of testGroups) {
      for (const { msg, sig, result } of tests.filter(({ sig: hex }) => hex.length === 128)) {
        const judged = { publicKey: fromHex(publicKey.pk), message: fromHex(msg), signature: fromHex(sig) };
        cases.push({ judged, isValid: result === 'valid' });
      }
    }
    expect(cases.length).toBeGreaterThan(140);
    for (const { judged, isValid } of cases) {
      expect([verdictOf(portable, judged), verdictOf(chosen, judged)]).toEqual([isValid, isValid]);
    }
  });
});

/** The package as it is built; absent in a tree that was never built. */
const built = join(import.meta.dirname, '../../dist');

(existsSync(built) ? describe : describe.skip)('the driver of a process', () => {
  const program = `
    const { SigningKey } = await import(process.argv[1] + '/sign.js');
    const { isSignature, signatureDriver } = await import(process.argv[1] + '/verify.js');
    const { Secret } = await import('@rogatory/kernel');
    const key = SigningKey.fromSeed(new Secret(new Uint8Array(32).fill(7)));
    const message = new Uint8Array(9);
    const claim = { purpose: 1, publicKey: key.publicKey, message, signature: key.sign(1, message) };
    const forged = { ...claim, message: new Uint8Array(8) };
    console.log(JSON.stringify({ signatureDriver, isGood: isSignature(claim), isForged: isSignature(forged) }));`;

  function run(...options: readonly string[]): unknown {
    const args = [...options, '--input-type=module', '-e', program, built];
    const { stdout } = spawnSync(process.execPath, args, { cwd: import.meta.dirname, encoding: 'utf8' });
    return JSON.parse(stdout) as unknown;
  }

  it('is WebAssembly under the condition that says so, and works', () => {
    const told = { signatureDriver: 'webassembly', isGood: true, isForged: false };
    expect(run('--conditions=webassembly')).toEqual(told);
  });

  (isServed ? it : it.skip)('is the addon otherwise, where there is one', () => {
    expect(run()).toEqual({ signatureDriver: 'native', isGood: true, isForged: false });
  });
});

describe('an addon', () => {
  const lax = (says: boolean) => ({
    crypto_sign_detached: (signature: Uint8Array, message: Uint8Array, key: Uint8Array) => {
      signature.set(portable.sign(message, key));
      return 0;
    },
    crypto_sign_verify_detached: () => says,
  });

  it('that does not load, or is something else, leaves the work to WebAssembly', () => {
    const failing = () => {
      throw new Error('no such file');
    };
    expect(nativeEd25519(failing)).toBeUndefined();
    for (const other of [undefined, null, 'text', {}, { crypto_sign_detached: () => 0 }]) {
      expect(nativeEd25519(() => other)).toBeUndefined();
    }
  });

  it('that refuses what holds, takes what does not, or signs otherwise, is not used', () => {
    expect(nativeEd25519(() => lax(true))).toBeUndefined();
    expect(nativeEd25519(() => lax(false))).toBeUndefined();
    expect(nativeEd25519(() => ({ ...lax(true), crypto_sign_detached: () => 0 }))).toBeUndefined();
    expect(nativeEd25519(() => ({ ...lax(true), crypto_sign_detached: () => -1 }))).toBeUndefined();
  });

  it('that takes small-order keys, as others do, is not used', () => {
    const answers = (...[signature, at, , message, from, length, key, offset]: readonly (ArrayBuffer | number)[]) => {
      const publicKey = new Uint8Array(key as ArrayBuffer, offset as number, 32);
      const bytes = new Uint8Array(message as ArrayBuffer, from as number, length as number);
      const isSmall = smallOrderPoints.some((point) => point.every((byte, i) => byte === publicKey[i]));
      return isSmall || portable.verify(publicKey, bytes, new Uint8Array(signature as ArrayBuffer, at as number, 64));
    };
    expect(nativeEd25519(() => ({ ...lax(true), crypto_sign_verify_detached: answers }))).toBeUndefined();
    const strict = (...places: readonly (ArrayBuffer | number)[]) =>
      new Uint8Array(places[6] as ArrayBuffer)[0] !== 1 && answers(...places);
    expect(nativeEd25519(() => ({ ...lax(true), crypto_sign_verify_detached: strict }))?.driver).toBe('native');
  });

  (isServed ? it : it.skip)('never judges the beginning of a message for the whole', () => {
    const native = nativeEd25519(loadAddon);
    const key = expandedKey(new Uint8Array(32).fill(1));
    const signature = portable.sign(utf8(''), key);
    // As long as 2^32 bytes to whoever asks: the addon would see a length of zero.
    const endless = new Proxy(new Uint8Array(0), {
      get: (target, name): unknown => (name === 'length' ? 2 ** 32 : Reflect.get(target, name, target)),
    });
    expect(native?.verify(key.subarray(32), utf8(''), signature)).toBe(true);
    expect(native?.verify(key.subarray(32), endless, signature)).toBe(false);
    expect(() => native?.sign(endless, key)).toThrow(expect.objectContaining({ code: 'crypto/length' }));
  });
});
