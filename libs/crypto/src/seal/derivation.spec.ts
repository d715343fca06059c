import { describe, expect, it } from '@jest/globals';
import { concatBytes, Secret, toHex, utf8 } from '@rogatory/kernel';
import { contexts } from '@rogatory/protocol';
import { blake2b } from '@noble/hashes/blake2.js';
import { commitToKey, deriveKey } from './derivation.js';

const key = new Secret(Uint8Array.from({ length: 32 }, (_, i) => 255 - i));

describe('deriveKey and commitToKey', () => {
  it('are keyed BLAKE2b-256 with a context, by a second implementation', () => {
    const message = concatBytes(utf8('rogatory/epoch-key/v1\0'), utf8('suite and ids'));
    const expected = toHex(key.use((bytes) => blake2b(message, { dkLen: 32, key: bytes })));
    expect(deriveKey(key, contexts.epochKey, utf8('suite '), utf8('and ids')).use(toHex)).toBe(expected);
    expect(toHex(commitToKey(key, contexts.epochKey, utf8('suite and ids')))).toBe(expected);
  });

  it('give unrelated values in every context', () => {
    const values = Object.values(contexts).map((context) => deriveKey(key, context).use(toHex));
    expect(new Set(values).size).toBe(values.length);
  });

  it('refuse a wiped key', () => {
    const wiped = new Secret(new Uint8Array(32));
    wiped.wipe();
    expect(() => deriveKey(wiped, contexts.read)).toThrow(expect.objectContaining({ code: 'crypto/length' }));
  });
});
