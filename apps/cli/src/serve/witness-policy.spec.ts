import { describe, expect, it } from '@jest/globals';
import { Secret, utf8 } from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import { encodeVerifierKey, keyTypes, parsePolicy, verifierKey } from '@rogatory/tlog';
import { logKeysIn, witnessPolicyText } from './witness-policy.js';

function key(name: string, seed: number, type: 1 | 4): string {
  const { publicKey } = SigningKey.fromSeed(new Secret(new Uint8Array(32).fill(seed)));
  return encodeVerifierKey(verifierKey({ name, type, publicKey }));
}

const logs = [key('log.invalid/audit', 1, keyTypes.log), key('log.invalid/directory', 2, keyTypes.log)];
const witnesses = (count: number) =>
  Array.from({ length: count }, (_, i) => {
    const name = `state-${i}`;
    return { name, key: key(`witness.invalid/${name}`, 10 + i, keyTypes.cosignature), url: 'http://127.0.0.1:1' };
  });

describe('the policy of a demonstration', () => {
  it.each([
    [1, 1],
    [3, 2],
    [7, 5],
    [27, 18],
  ])('asks %i witnesses for the word of %i', (count, quorum) => {
    const policy = parsePolicy(utf8(witnessPolicyText(witnesses(count), logs)));
    expect(policy.witnesses).toHaveLength(count);
    expect(policy.groups).toMatchObject([{ threshold: quorum }]);
    expect(policy.quorum).toBe('states');
  });

  it('names the logs as far as they are known, and gives them back', () => {
    for (const known of [[], logs.slice(0, 1), logs]) {
      expect(logKeysIn(witnessPolicyText(witnesses(3), known))).toEqual(known);
    }
  });
});
