import { describe, expect, it } from '@jest/globals';
import {
  type AuthorityId,
  type CaseId,
  CodecError,
  type CompartmentId,
  type DeviceId,
  type FileId,
  limits,
  type PersonId,
  Secret,
  VerificationError,
} from '@rogatory/kernel';
import { currentSuite, keyKinds } from '@rogatory/protocol';
import { makeFileSecrets } from '../files/file-sealing.js';
import { emptySenderJournal, journalItem } from '../items/sender-journal.js';
import { seededRandom as testingRandom } from '@rogatory/pki/testing';
import { contactPins } from '../trust/contacts.js';
import { type KeyStoreContent, openKeyStore, pruneKeyStore, sealKeyStore } from './key-store.js';
import { decodeLocalState, encodeLocalState, type LocalState, openLocalState, sealLocalState } from './local-state.js';

const random = testingRandom(21);
const secret = (): Secret => new Secret(random(32));
const deviceId = '01'.repeat(16) as DeviceId;
const hex = (value: Secret): string => value.use((bytes) => Buffer.from(bytes).toString('hex'));

const content: KeyStoreContent = {
  deviceId,
  personId: '02'.repeat(16) as PersonId,
  authorityId: '03'.repeat(16) as AuthorityId,
  federationRootHash: random(32),
  signingSeed: secret(),
  kemSeed: secret(),
  localStateKey: secret(),
  prekeys: [
    { prekeyId: 1, prekeyHash: random(32), seed: secret(), notAfterMs: 1000 },
    { prekeyId: 2, prekeyHash: random(32), seed: secret(), notAfterMs: 3000 + limits.maxPrekeyMs },
  ],
};
const header = {
  suite: currentSuite,
  passes: limits.argon2FloorPasses,
  memoryBytes: limits.argon2FloorMemoryBytes,
  salt: random(16),
  generation: 7,
};

describe('key store', () => {
  const passphraseKey = secret();
  const bytes = sealKeyStore({ passphraseKey, header, content, random });

  it('gives back what was put in', () => {
    const opened = openKeyStore(bytes, passphraseKey, 7);
    expect(opened.header).toEqual(header);
    expect(hex(opened.content.signingSeed)).toBe(hex(content.signingSeed));
    expect(opened.content.prekeys.map(({ prekeyId }) => prekeyId)).toEqual([1, 2]);
    expect(opened.content.personId).toBe(content.personId);
  });

  it('refuses another passphrase, an older generation, and a change of any byte', () => {
    expect(() => openKeyStore(bytes, secret(), 0)).toThrow(VerificationError);
    expect(() => openKeyStore(bytes, passphraseKey, 8)).toThrow(VerificationError);
    for (let at = 0; at < bytes.length; at++) {
      const flipped = bytes.slice();
      flipped[at] = (flipped[at] as number) ^ 1;
      expect(() => openKeyStore(flipped, passphraseKey, 0)).toThrow();
      expect(() => openKeyStore(bytes.subarray(0, at), passphraseKey, 0)).toThrow();
    }
  });

  it('is never written with a cost that its reader would refuse', () => {
    const cheap = { ...header, passes: limits.argon2FloorPasses - 1 };
    expect(() => sealKeyStore({ passphraseKey, header: cheap, content, random })).toThrow(CodecError);
  });

  it('drops prekeys only when no link under way can name them', () => {
    expect(pruneKeyStore(content, limits.maxPrekeyMs).prekeys).toHaveLength(2);
    expect(pruneKeyStore(content, 2000 + limits.maxPrekeyMs).prekeys.map(({ prekeyId }) => prekeyId)).toEqual([2]);
  });
});

describe('local state', () => {
  const givenUp = { ...emptySenderJournal, lastSeq: 1, voided: [{ senderSeq: 1, itemHash: random(32) }] };
  const sender = journalItem(givenUp, { senderSeq: 2, itemHash: random(32), bytes: random(300) });
  const compartment = {
    caseId: 'aa'.repeat(32) as CaseId,
    compartmentId: 'bb'.repeat(32) as CompartmentId,
    chainHead: { seq: 4, linkHash: random(32) },
    contentHead: { size: 9, root: random(32) },
    keys: [
      { kind: keyKinds.chain, epoch: 2, key: random(32) },
      { kind: keyKinds.read, epoch: 1, key: random(32) },
    ],
    sender: emptySenderJournal,
  };
  const personId = content.personId;
  const state: LocalState = {
    deviceId,
    generation: 3,
    actCounter: 41,
    directoryHead: { size: 5, root: random(32), timeMs: 12 },
    trust: new Map([[personId, { personId, pin: contactPins.accepted, devices: [deviceId], decidedAtMs: 6 }]]),
    compartments: [compartment, { ...compartment, sender, pendingLink: { linkBytes: random(50), boxes: [random(9)] } }],
    uploads: [
      {
        secrets: makeFileSecrets(random, '0f'.repeat(16) as FileId),
        source: { size: 10, modifiedMs: 5 },
        leaves: [random(32)],
        prefixHash: random(32),
      },
    ],
  };

  it('comes back whole', () => {
    const back = decodeLocalState(encodeLocalState(state));
    expect({ ...back, uploads: [] }).toEqual({ ...state, uploads: [] });
    expect(encodeLocalState(back)).toEqual(encodeLocalState(state));
  });

  it('opens for its own device and at least its generation only', () => {
    const key = secret();
    const sealed = sealLocalState(state, key, random);
    expect(openLocalState(sealed, key, { deviceId, minimumGeneration: 3 }).actCounter).toBe(41);
    expect(() => openLocalState(sealed, key, { deviceId, minimumGeneration: 4 })).toThrow(VerificationError);
    const foreign = { deviceId: '09'.repeat(16) as DeviceId, minimumGeneration: 0 };
    expect(() => openLocalState(sealed, key, foreign)).toThrow(VerificationError);
    expect(() => openLocalState(sealed, secret(), { deviceId, minimumGeneration: 0 })).toThrow(VerificationError);
  });

  it('refuses every truncation', () => {
    const bytes = encodeLocalState(state);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeLocalState(bytes.subarray(0, length))).toThrow();
    }
  });
});
