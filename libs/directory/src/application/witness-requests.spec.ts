import { beforeEach, describe, expect, it } from '@jest/globals';
import { limits, Secret } from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import { verifyRaw } from '@rogatory/crypto/verify';
import { encodeSignedWitnessRead, encodeWitnessRead, signaturePurposes, type WitnessRead } from '@rogatory/protocol';
import { keyTypes, verifierKey } from '@rogatory/tlog';
import fc from 'fast-check';
import { WitnessRequests } from './witness-requests.js';

const ORIGIN = 'rogatory.example/directory';
const PATH = 'tile/entries/001.p/44';
const own = SigningKey.fromSeed(new Secret(new Uint8Array(32).fill(3)));
const stranger = SigningKey.fromSeed(new Secret(new Uint8Array(32).fill(4)));
const name = 'witness.example/fr';
const key = verifierKey({ name, type: keyTypes.cosignature, publicKey: own.publicKey });
let nowMs = 0;
let requests: WitnessRequests;
beforeEach(() => {
  nowMs = Date.UTC(2026, 10, 23);
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
  requests = new WitnessRequests({ origin: ORIGIN, witnessKeys: [key], clock });
});

const base = (changes: Partial<WitnessRead> = {}): WitnessRead => ({
  ...{ origin: ORIGIN, witnessKey: own.publicKey, from: 256, end: 300, timeMs: nowMs, nonce: new Uint8Array(16) },
  ...changes,
});
const signed = (read: WitnessRead, by = own): Uint8Array => {
  const signedBytes = encodeWitnessRead(read);
  return encodeSignedWitnessRead({ signedBytes, signature: by.sign(signaturePurposes.witnessRead, signedBytes) });
};
const ask = (statement: Uint8Array | undefined, path = PATH) => requests.witnessOf({ path, statement })?.key;
const nonce = (value: number) => new Uint8Array(new Uint32Array([value, 0, 0, 0]).buffer);

describe('what a witness signs to be given a bundle', () => {
  it('is taken from a witness of the policy, once', () => {
    const statement = signed(base());
    expect(ask(statement)).toBe(key);
    expect(ask(statement)).toBeUndefined();
    expect(ask(signed(base({ nonce: nonce(1) })))).toBe(key);
  });

  it('is void for another log, another bundle, another time and another key', () => {
    const { witnessReadWindowMs: windowMs } = limits;
    const refused = [
      undefined,
      new Uint8Array(0),
      signed(base({ origin: 'rogatory.example/audit' })),
      signed(base({ end: 301 })),
      signed(base({ from: 0, end: 44 })),
      signed(base({ timeMs: nowMs - windowMs - 1 })),
      signed(base({ timeMs: nowMs + windowMs + 1 })),
      signed(base({ witnessKey: stranger.publicKey }), stranger),
      signed(base(), stranger),
      signed(base({ witnessKey: stranger.publicKey })),
    ];
    expect(refused.map((statement) => ask(statement))).toEqual(refused.map(() => undefined));
    for (const path of ['tile/0/001.p/44', 'tile/entries/001', 'tile/entries/x001/044', '', '../checkpoint']) {
      expect(ask(signed(base()), path)).toBeUndefined();
    }
    // None of them used the statement up.
    expect(ask(signed(base()))).toBe(key);
    for (const timeMs of [nowMs - windowMs, nowMs + windowMs]) {
      expect(ask(signed(base({ timeMs, nonce: nonce(timeMs % 1_000_003) })))).toBe(key);
    }
  });

  it('is forgotten only when its time has made it void', () => {
    const early = signed(base({ timeMs: nowMs + limits.witnessReadWindowMs }));
    expect(ask(early)).toBe(key);
    nowMs += 2 * limits.witnessReadWindowMs;
    expect(ask(early)).toBeUndefined();
    nowMs += 1;
    expect(ask(early)).toBeUndefined();
  });

  it('counts into what a witness may read in an hour', () => {
    let given = 0;
    const { witnessReadsPerHour: most } = limits;
    const bounded = new WitnessRequests({
      ...{ origin: ORIGIN, witnessKeys: [key] },
      clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
    });
    for (let tries = 0; tries < most + 3; tries++) {
      const statement = signed(base({ nonce: nonce(tries) }));
      if (bounded.witnessOf({ path: PATH, statement }) !== undefined) given += 1;
    }
    expect(given).toBe(most);
    nowMs += 3_600_000;
    expect(bounded.witnessOf({ path: PATH, statement: signed(base({ nonce: nonce(0) })) })?.key).toBe(key);
  });

  it('is nothing else, and nothing else is it', () => {
    const signedBytes = encodeWitnessRead(base());
    const signature = own.sign(signaturePurposes.witnessRead, signedBytes);
    // A cosignature is over bare bytes; this one is not, and no bare signature can be made over what it is.
    expect(verifyRaw(own.publicKey, signedBytes, signature)).toBe(false);
    const others = Object.values(signaturePurposes).filter((purpose) => purpose !== signaturePurposes.witnessRead);
    for (const purpose of others) {
      const statement = encodeSignedWitnessRead({ signedBytes, signature: own.sign(purpose, signedBytes) });
      expect(ask(statement)).toBeUndefined();
    }
    expect(ask(encodeSignedWitnessRead({ signedBytes, signature: own.signRaw(signedBytes) }))).toBeUndefined();
  });

  it('no changed byte of it passes', () => {
    const statement = signed(base());
    const runs = { seed: 20261123, numRuns: process.env['ROGATORY_LONG'] === '1' ? 5_000 : 100 };
    fc.assert(
      fc.property(fc.nat(statement.length - 1), fc.nat(7), (at, bit) => {
        const changed = statement.slice();
        changed[at] = (changed[at] as number) ^ (1 << bit);
        expect(ask(changed)).toBeUndefined();
      }),
      runs,
    );
  });
});
