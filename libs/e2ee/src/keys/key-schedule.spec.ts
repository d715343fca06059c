import { describe, expect, it } from '@jest/globals';
import { type CaseId, type CompartmentId, type Secret, VerificationError } from '@rogatory/kernel';
import { currentSuite, suites } from '@rogatory/protocol';
import { seededRandom as testingRandom } from '@rogatory/pki/testing';
import {
  commitmentsOf,
  deriveReadKey,
  deriveUseKey,
  type EpochContext,
  isChainKey,
  isReadKey,
  makeEpochKey,
  openArchive,
  sealArchive,
} from './key-schedule.js';

const context: EpochContext = {
  suite: currentSuite,
  caseId: 'aa'.repeat(32) as CaseId,
  compartmentId: 'bb'.repeat(32) as CompartmentId,
  epoch: 3,
  contextHash: new Uint8Array(32).fill(7),
};
const hex = (secret: Secret): string => secret.use((bytes) => Buffer.from(bytes).toString('hex'));
const otherContexts: Readonly<Record<string, EpochContext>> = {
  caseId: { ...context, caseId: 'ab'.repeat(32) as CaseId },
  compartmentId: { ...context, compartmentId: 'ba'.repeat(32) as CompartmentId },
  epoch: { ...context, epoch: 4 },
  contextHash: { ...context, contextHash: new Uint8Array(32).fill(8) },
};

describe('key schedule', () => {
  it('gives a fresh key for every epoch, also from one random source and base', () => {
    const random = testingRandom(1);
    const base = makeEpochKey(random, context, undefined);
    const keys = [makeEpochKey(random, context, base), makeEpochKey(random, context, base)];
    expect(new Set(keys.map(hex)).size).toBe(2);
  });

  it('mixes the base key in, so that a stuck random source does not repeat a key', () => {
    const stuck = () => new Uint8Array(32).fill(9);
    const first = makeEpochKey(stuck, context, undefined);
    const second = makeEpochKey(stuck, context, first);
    expect(hex(second)).not.toBe(hex(first));
    expect(hex(makeEpochKey(stuck, context, undefined))).toBe(hex(first));
  });

  it.each(Object.keys(otherContexts))('binds R and what follows from it to %s', (field) => {
    const key = makeEpochKey(testingRandom(2), context, undefined);
    const other = otherContexts[field] as EpochContext;
    const readKey = deriveReadKey(key, context);
    expect(hex(deriveReadKey(key, other))).not.toBe(hex(readKey));
    expect(hex(deriveUseKey(readKey, 'item', other))).not.toBe(hex(deriveUseKey(readKey, 'item', context)));
  });

  it('separates the uses of R', () => {
    const readKey = deriveReadKey(makeEpochKey(testingRandom(3), context, undefined), context);
    const keys = (['item', 'wrap', 'export'] as const).map((use) => hex(deriveUseKey(readKey, use, context)));
    expect(new Set([...keys, hex(readKey)]).size).toBe(4);
  });

  it('accepts a key only against both commitments', () => {
    const random = testingRandom(4);
    const key = makeEpochKey(random, context, undefined);
    const other = makeEpochKey(random, context, undefined);
    const commitments = commitmentsOf(key, context);
    expect(isChainKey(key, context, commitments)).toBe(true);
    expect(isReadKey(deriveReadKey(key, context), context, commitments)).toBe(true);
    expect(isChainKey(other, context, commitments)).toBe(false);
    const { readCommit } = commitmentsOf(other, context);
    expect(isChainKey(key, context, { ...commitments, readCommit })).toBe(false);
    expect(isReadKey(key, context, commitments)).toBe(false);
  });

  it('opens an archive with its own epoch key and context only', () => {
    const random = testingRandom(5);
    const base = makeEpochKey(random, context, undefined);
    const next = makeEpochKey(random, context, base);
    const archive = sealArchive(random, next, context, base);
    expect(archive.length).toBe(104);
    expect(hex(openArchive(archive, next, context))).toBe(hex(base));
    expect(() => openArchive(archive, base, context)).toThrow(VerificationError);
    const moved = otherContexts['contextHash'] as EpochContext;
    expect(() => openArchive(archive, next, moved)).toThrow(VerificationError);
  });

  it('refuses another suite', () => {
    const weaker = { ...context, suite: suites.x25519 };
    expect(() => makeEpochKey(testingRandom(6), weaker, undefined)).toThrow(VerificationError);
  });
});
