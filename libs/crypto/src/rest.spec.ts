import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { concatBytes, Secret, systemRandom, toHex, utf8 } from '@rogatory/kernel';
import { aeadPurposes, contexts } from '@rogatory/protocol';
import fc from 'fast-check';
import { checkCommitment, commitGroup, restOpen, type RestContext, restSeal } from './rest.js';
import { aeadOpen, aeadSeal } from './seal.js';

const runs = { seed: 36, numRuns: process.env['ROGATORY_LONG'] === '1' ? 3_000 : 80 };
const refused = expect.objectContaining({ code: 'crypto/open', family: 'verification', details: {} });
const context = contexts.auditOpening;
const monthKey = new Secret(new Uint8Array(32).fill(8));
const aad = utf8('record 1, group who');
const sealed = restSeal({ monthKey, context, aad, plaintext: utf8('post 4'), random: systemRandom });

describe('restSeal and restOpen', () => {
  it('come back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.uint8Array({ maxLength: 60 }), (plaintext, bound) => {
        const made = restSeal({ monthKey, context, aad: bound, plaintext, random: systemRandom });
        expect(made).toHaveLength(plaintext.length + 72);
        expect(toHex(restOpen({ monthKey, context, aad: bound, sealed: made }))).toBe(toHex(plaintext));
      }),
      runs,
    );
  });

  it('refuse every flipped bit, every truncation, another month and another record', () => {
    for (let bit = 0; bit < 8 * sealed.length; bit++) {
      const changed = sealed.slice();
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit % 8));
      expect(() => restOpen({ monthKey, context, aad, sealed: changed })).toThrow(refused);
    }
    for (let length = 0; length < sealed.length; length++) {
      expect(() => restOpen({ monthKey, context, aad, sealed: sealed.slice(0, length) })).toThrow(refused);
    }
    const otherMonth = new Secret(new Uint8Array(32).fill(9));
    expect(() => restOpen({ monthKey: otherMonth, context, aad, sealed })).toThrow(refused);
    expect(() => restOpen({ monthKey, context, aad: utf8('record 2, group who'), sealed })).toThrow(refused);
  });

  it('share nothing with the content of a case, even under one key', () => {
    const secret = monthKey;
    for (const purpose of Object.values(aeadPurposes)) {
      expect(() => aeadOpen({ secret, purpose, sealed, aad })).toThrow(refused);
      const content = aeadSeal({ secret, purpose, random: systemRandom, plaintext: utf8('x'), aad });
      expect(() => restOpen({ monthKey, context, aad, sealed: content })).toThrow(refused);
    }
    const foreign = contexts.aead as string as RestContext;
    expect(() => restSeal({ monthKey, context: foreign, aad, plaintext: utf8('x'), random: systemRandom })).toThrow(
      expect.objectContaining({ code: 'crypto/context' }),
    );
  });
});

describe('commitments of an audit leaf', () => {
  const opening = new Uint8Array(32).fill(0x5a);
  const group = { label: 'who', opening, bytes: utf8('{"post":"4"}') };
  const no = expect.objectContaining({ code: 'crypto/commitment', family: 'verification' });

  it('are the specified HMAC, by a second implementation', () => {
    const message = concatBytes(
      opening,
      Uint8Array.of(0, 0, 0, 3),
      utf8('who'),
      Uint8Array.of(0, 0, 0, 12),
      group.bytes,
    );
    const expected = createHmac('sha256', 'rogatory/audit-commitment/v1').update(message).digest('hex');
    expect(toHex(commitGroup(group))).toBe(expected);
  });

  it('hold for exactly the group, label and opening they were made of', () => {
    const commitment = commitGroup(group);
    expect(() => checkCommitment(group, commitment)).not.toThrow();
    expect(() => checkCommitment({ ...group, label: 'why' }, commitment)).toThrow(no);
    expect(() => checkCommitment({ ...group, bytes: utf8('{"post":"5"}') }, commitment)).toThrow(no);
    expect(() => checkCommitment({ ...group, opening: new Uint8Array(32) }, commitment)).toThrow(no);
    expect(() => checkCommitment({ ...group, opening: opening.slice(1) }, commitment)).toThrow(no);
    expect(() => checkCommitment(group, commitment.slice(0, 31))).toThrow(no);
    expect(() => checkCommitment(group, new Uint8Array(0))).toThrow(no);
  });

  it('cannot be shifted between label and bytes', () => {
    const a = commitGroup({ opening, label: 'wh', bytes: utf8('oX') });
    const b = commitGroup({ opening, label: 'who', bytes: utf8('X') });
    expect(toHex(a)).not.toBe(toHex(b));
  });

  it('refuse to be made with a short opening', () => {
    expect(() => commitGroup({ ...group, opening: new Uint8Array(16) })).toThrow(
      expect.objectContaining({ code: 'crypto/length', family: 'usage' }),
    );
  });
});
