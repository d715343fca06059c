import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { PersonId } from '@rogatory/kernel';
import { revocationActions } from '@rogatory/protocol';
import fc from 'fast-check';
import {
  caseFingerprint,
  enrolmentFingerprint,
  fingerprintDigits,
  fingerprintOf,
  fingerprintWords,
  matchesFingerprint,
  personFingerprint,
  rootFingerprint,
} from './fingerprint.js';
import { FederationWorld } from './testing.js';
import { words } from './word-list.js';

const runs = { seed: 20261123, numRuns: 200 };
const digest = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe('the word list', () => {
  it('is the published one, byte for byte', () => {
    const published = '2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda';
    expect(
      createHash('sha256')
        .update(`${words.join('\n')}\n`)
        .digest('hex'),
    ).toBe(published);
    expect(new Set(words.map((word) => word.slice(0, 4))).size).toBe(2048);
  });
});

describe('a fingerprint', () => {
  it('of known bits has known words and digits', () => {
    const zero = new Uint8Array(32);
    expect(fingerprintWords(zero)).toEqual(Array.from({ length: 10 }, () => 'abandon'));
    expect(fingerprintWords(zero.fill(0xff))).toEqual(Array.from({ length: 10 }, () => 'zoo'));
    // 1, 2, 3 in eleven bits each, then zeros.
    const small = new Uint8Array(32);
    small.set([0b00000000, 0b00100000, 0b00001000, 0b00000001, 0b10000000]);
    expect(fingerprintWords(small).slice(0, 4)).toEqual(['ability', 'able', 'about', 'abandon']);
    const one = new Uint8Array(32);
    one[15] = 7;
    expect(fingerprintDigits(one)).toEqual(['00000', '00000', '00000', '00000', '00000', '00000', '00007']);
  });

  it('tells digests apart by any of their first 110 bits', () => {
    fc.assert(
      fc.property(digest, fc.nat(109), (bytes, bit) => {
        const other = bytes.slice();
        other[bit >> 3] = (other[bit >> 3] as number) ^ (0x80 >> (bit & 7));
        expect(fingerprintWords(other)).not.toEqual(fingerprintWords(bytes));
        expect(fingerprintDigits(other)).not.toEqual(fingerprintDigits(bytes));
      }),
      runs,
    );
  });

  it('matches its own words and digits however they are typed, and no part of them', () => {
    fc.assert(
      fc.property(digest, digest, (bytes, other) => {
        const mine = fingerprintOf(bytes);
        expect(matchesFingerprint(bytes, mine.words.join(' '))).toBe(true);
        expect(matchesFingerprint(bytes, `  ${mine.words.join(' - ').toUpperCase()}\n`)).toBe(true);
        expect(matchesFingerprint(bytes, mine.words.map((word) => word.slice(0, 4)).join(' '))).toBe(true);
        expect(matchesFingerprint(bytes, mine.digits.join(' '))).toBe(true);
        expect(matchesFingerprint(bytes, mine.digits.join(''))).toBe(true);
        expect(matchesFingerprint(bytes, mine.words.slice(1).join(' '))).toBe(false);
        expect(matchesFingerprint(bytes, [...mine.words, 'zoo'].join(' '))).toBe(false);
        expect(matchesFingerprint(bytes, mine.digits.slice(1).join(''))).toBe(false);
        expect(matchesFingerprint(bytes, [...mine.words].reverse().join(' '))).toBe(
          mine.words.join() === [...mine.words].reverse().join(),
        );
        expect(matchesFingerprint(bytes, '')).toBe(false);
        expect(matchesFingerprint(other, mine.words.join(' '))).toBe(false);
      }),
      runs,
    );
  });

  it('of a person changes with the set of devices and with nothing else', () => {
    const world = new FederationWorld();
    const body = world.oversightBody();
    const office = world.authority(body);
    const person = world.person(office);
    const seen = new Set<string>();
    const look = () => personFingerprint(world.view, person.id).words.join(' ');
    seen.add(look());
    const first = world.device(person);
    seen.add(look());
    world.person(office);
    world.standDevice(first, revocationActions.suspend);
    expect(seen.has(look())).toBe(true);
    world.standDevice(first, revocationActions.reinstate);
    world.device(person, first);
    seen.add(look());
    world.standDevice(first);
    seen.add(look());
    expect(seen.size).toBe(4);
    expect(() => personFingerprint(world.view, 'ab'.repeat(16) as PersonId)).toThrow(
      expect.objectContaining({ code: 'directory/unknown-person' }),
    );
  });

  it('of an enrolment request covers every byte of it; of other things it differs by kind', () => {
    const world = new FederationWorld();
    const person = world.person(world.authority(world.oversightBody()));
    const device = world.device(person);
    const request = world.requestFor(device);
    const words = enrolmentFingerprint(request).words;
    const altered = request.slice();
    altered[request.length - 3] = (altered[request.length - 3] as number) ^ 1;
    expect(enrolmentFingerprint(altered).words).not.toEqual(words);
    expect(() => enrolmentFingerprint(request.subarray(1))).toThrow(expect.objectContaining({ family: 'codec' }));
    const bytes = new Uint8Array(32);
    expect(caseFingerprint(bytes).words).not.toEqual(rootFingerprint(bytes).words);
  });
});
