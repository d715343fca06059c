import { describe, expect, it } from '@jest/globals';
import { type AuthorityId, limits } from '@rogatory/kernel';
import { KemKey } from '@rogatory/crypto/seal';
import { SigningKey } from '@rogatory/crypto/sign';
import {
  authorityKinds,
  type AuthorityRecord,
  decodeSignedFederationRoot,
  type SignedFederationRoot,
} from '@rogatory/protocol';
import { assembleRoot, draftRoot, makeAuthority, makeRoot, signRoot } from '../ceremony/federation.js';
import { applyEntry, emptyDirectory } from '../directory-state.js';
import { FederationWorld, type WorldAuthority } from '../testing.js';
import { rootHashOf } from './root-rules.js';

const refusal = (code: string) => expect.objectContaining({ code });
const publicKeys = (keys: readonly SigningKey[]) => keys.map((key) => key.publicKey);

/** A point of order 8 (RFC 8032 curve); such a key verifies forgeries elsewhere. */
const SMALL_ORDER = Uint8Array.from(
  Buffer.from('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'hex'),
);

function signedRoot(world: FederationWorld): SignedFederationRoot {
  return decodeSignedFederationRoot(world.entries[0] as Uint8Array);
}

interface SuccessionChanges {
  readonly threshold?: number;
  readonly oldSigners?: readonly SigningKey[];
  readonly newSigners?: readonly SigningKey[];
  readonly newKeys?: readonly SigningKey[];
  readonly previous?: SignedFederationRoot;
}

function successor(
  world: FederationWorld,
  newKeys: readonly SigningKey[],
  changes: SuccessionChanges = {},
): Uint8Array {
  return makeRoot({
    keys: publicKeys(changes.newKeys ?? newKeys),
    threshold: changes.threshold ?? 2,
    time: world.time,
    signers: changes.newSigners ?? newKeys.slice(0, 2),
    succession: {
      previous: changes.previous ?? signedRoot(world),
      signers: changes.oldSigners ?? world.rootKeys.slice(0, 2),
    },
  });
}

describe('the root file', () => {
  it('needs its threshold at the beginning too', () => {
    const world = new FederationWorld();
    const keys = world.keys(3);
    const parameters = { keys: publicKeys(keys), threshold: 2, time: world.time };
    for (const count of [0, 1]) {
      const entry = makeRoot({ ...parameters, signers: keys.slice(0, count) });
      const pinned = rootHashOf(decodeSignedFederationRoot(entry).signedBytes);
      expect(() => applyEntry(emptyDirectory(pinned), entry)).toThrow(refusal('directory/threshold'));
    }
    const all = makeRoot({ ...parameters, signers: keys });
    const pinned = rootHashOf(decodeSignedFederationRoot(all).signedBytes);
    expect(applyEntry(emptyDirectory(pinned), all).size).toBe(1);
  });

  it('has no predecessor to sign for it when it is the first', () => {
    const world = new FederationWorld();
    const first = signedRoot(world);
    const { signedBytes, signatures } = first;
    const entry = assembleRoot({ signedBytes, signatures, previousSignatures: signatures });
    expect(() => applyEntry(emptyDirectory(world.pinnedRootHash), entry)).toThrow(refusal('directory/root-succession'));
  });

  it('never rests on one key', () => {
    const world = new FederationWorld();
    const keys = world.keys(2);
    const parameters = { keys: publicKeys(keys), threshold: 1, time: world.time, signers: keys };
    expect(() => makeRoot(parameters)).toThrow(refusal('codec/range'));
  });

  it('is handed on by the threshold of the old and of the new keys, in steps and in different places', () => {
    const world = new FederationWorld();
    const newKeys = world.keys(3);
    const previous = signedRoot(world);
    const draft = draftRoot({ keys: publicKeys(newKeys), threshold: 2, time: world.time, previous });
    const signatures = newKeys.slice(1).map((key) => signRoot(draft.signedBytes, draft.root.keys, key));
    const oldOnes = world.rootKeys.slice(1).map((key) => signRoot(draft.signedBytes, previous.root.keys, key));
    world.admit(assembleRoot({ signedBytes: draft.signedBytes, signatures, previousSignatures: oldOnes }));
    expect(world.root.version).toBe(2);
    expect(() => world.oversightBody()).toThrow(expect.objectContaining({ family: 'usage' }));
    world.rootKeys.forEach((_, i) => Object.assign(world.rootKeys, { [i]: newKeys[i] }));
    expect(world.oversightBody().id).toHaveLength(32);
  });

  it.each<[string, string, (world: FederationWorld, keys: SigningKey[]) => Uint8Array]>([
    ['one old key', 'directory/threshold', (w, k) => successor(w, k, { oldSigners: w.rootKeys.slice(0, 1) })],
    ['no old key', 'directory/threshold', (w, k) => successor(w, k, { oldSigners: [] })],
    ['one new key', 'directory/threshold', (w, k) => successor(w, k, { newSigners: k.slice(0, 1) })],
    ['a higher threshold than signers', 'directory/threshold', (w, k) => successor(w, k, { threshold: 3 })],
    [
      'a predecessor of another federation',
      'directory/root-succession',
      (w, k) => successor(w, k, { previous: { ...signedRoot(w), signedBytes: new Uint8Array(9) } }),
    ],
    [
      'a skipped version',
      'directory/root-succession',
      (w, k) => {
        const previous = signedRoot(w);
        return successor(w, k, { previous: { ...previous, root: { ...previous.root, version: 2 } } });
      },
    ],
  ])('refuses a successor with %s', (_, code, make) => {
    const world = new FederationWorld();
    const entry = make(world, world.keys(3));
    expect(() => world.admit(entry)).toThrow(refusal(code));
  });

  it('takes no weak key and no key of a registrar', () => {
    const world = new FederationWorld();
    const body = world.oversightBody();
    const keys = world.keys(2);
    const withKey = (key: Uint8Array) =>
      makeRoot({
        keys: [...publicKeys(keys), key],
        threshold: 2,
        time: world.time,
        signers: keys,
        succession: { previous: signedRoot(world), signers: world.rootKeys.slice(0, 2) },
      });
    expect(() => world.admit(withKey(SMALL_ORDER))).toThrow(refusal('directory/weak-key'));
    const registrar = (body.registrars[0] as SigningKey).publicKey;
    expect(() => world.admit(withKey(registrar))).toThrow(refusal('directory/key-reused'));
  });
});

function changed(
  world: FederationWorld,
  authority: WorldAuthority,
  changes: Partial<AuthorityRecord>,
  signers = world.rootKeys.slice(0, 2),
): Uint8Array {
  return makeAuthority({ ...authority.record, serial: 2, time: world.time, ...changes }, world.root, signers);
}

describe('an authority', () => {
  it('is admitted, and replaced by its next record', () => {
    const world = new FederationWorld();
    const body = world.oversightBody();
    const office = world.authority(body);
    world.admit(changed(world, office, { name: 'Office of the Second Example' }));
    expect(world.view.authority(office.id)?.record.name).toBe('Office of the Second Example');
    expect(world.state.at(3).authority(office.id)?.record.name).toBe('Office of the Example');
    expect(world.view.authorities().map(({ authorityId }) => authorityId)).toEqual([body.id, office.id]);
    expect(world.view.oversightOf(office.id)?.authorityId).toBe(body.id);
    expect(world.view.oversightOf(body.id)?.authorityId).toBe(body.id);
    expect(world.view.oversightOf('ff'.repeat(16) as AuthorityId)).toBeUndefined();
  });

  it.each<[string, string, Partial<AuthorityRecord>]>([
    ['another state', 'directory/fixed-field', { state: 'BB' }],
    ['another kind', 'directory/fixed-field', { kind: authorityKinds.court }],
    ['another mark', 'directory/fixed-field', { isDemo: false }],
    ['a repeated serial', 'directory/serial', { serial: 1 }],
    ['a skipped serial', 'directory/serial', { serial: 3 }],
    ['no oversight', 'directory/oversight', { oversightAuthorityId: '0'.repeat(32) as AuthorityId }],
  ])('refuses a later record with %s', (_, code, changes) => {
    const world = new FederationWorld();
    const office = world.authority(world.oversightBody());
    expect(() => world.admit(changed(world, office, changes))).toThrow(refusal(code));
  });

  it('is refused below the threshold of root keys, and by keys that are none', () => {
    const world = new FederationWorld();
    const office = world.authority(world.oversightBody());
    for (const count of [0, 1]) {
      const entry = changed(world, office, {}, world.rootKeys.slice(0, count));
      expect(() => world.admit(entry)).toThrow(refusal('directory/threshold'));
    }
    const strangers = world.keys(3);
    const foreign = { ...world.root, keys: publicKeys(strangers).sort((a, b) => Buffer.compare(a, b)) };
    const entry = makeAuthority({ ...office.record, serial: 2 }, foreign, strangers.slice(0, 2));
    expect(() => world.admit(entry)).toThrow(refusal('directory/signature'));
  });

  it('is never the one that means none', () => {
    const world = new FederationWorld();
    const none = { authorityId: '0'.repeat(32) as AuthorityId };
    expect(() => world.oversightBody('AA', none)).toThrow(refusal('directory/unknown-authority'));
  });

  it('has an oversight body of its own state, live, with the same key; a third country may take another', () => {
    const world = new FederationWorld();
    const body = world.oversightBody('AA');
    const office = world.authority(body);
    const code = refusal('directory/oversight');
    expect(() => world.authority(body, { state: 'BB' })).toThrow(code);
    expect(() => world.authority(body, { oversightAuthorityId: office.id })).toThrow(code);
    expect(() => world.authority(body, { oversightAuthorityId: world.id<AuthorityId>() })).toThrow(code);
    const stranger = KemKey.generate(world.random).publicKey;
    expect(() => world.authority(body, { oversightKemKey: stranger })).toThrow(code);
    expect(() => world.oversightBody('BB', { oversightAuthorityId: body.id })).toThrow(code);
    expect(() => world.authority(body, { isDemo: false })).toThrow(code);
    const kind = authorityKinds.thirdCountryAuthority;
    expect(world.authority(body, { state: 'XX', kind }).id).toHaveLength(32);
    world.admit(changed(world, body, { isSuspended: true }));
    expect(() => world.authority(body)).toThrow(code);
  });

  it('takes no weak key and nobody else’s', () => {
    const world = new FederationWorld();
    const body = world.oversightBody('AA');
    const office = world.authority(body);
    const device = world.device(world.person(office));
    const fresh = world.keys(1)[0] as SigningKey;
    const withKey = (key: Uint8Array) => world.authority(body, { registrarKeys: [fresh.publicKey, key] });
    expect(() => withKey(SMALL_ORDER)).toThrow(refusal('directory/weak-key'));
    expect(() => withKey((office.registrars[0] as SigningKey).publicKey)).toThrow(refusal('directory/key-reused'));
    expect(() => withKey((world.rootKeys[0] as SigningKey).publicKey)).toThrow(refusal('directory/key-reused'));
    expect(() => withKey(device.signing.publicKey)).toThrow(refusal('directory/key-reused'));
    const { oversightKemKey } = body.record;
    expect(() => world.oversightBody('BB', { oversightKemKey })).toThrow(refusal('directory/key-reused'));
    const unreduced = oversightKemKey.slice().fill(0xff, 0, 3);
    expect(() => world.oversightBody('CC', { oversightKemKey: unreduced })).toThrow(refusal('directory/weak-key'));
    expect(() => world.authority(body, { registrarThreshold: 1 })).toThrow(refusal('codec/range'));
  });

  it('suspended: none of its people is live, its registrars sign nothing; a later record lifts it', () => {
    const world = new FederationWorld();
    const office = world.authority(world.oversightBody());
    const person = world.person(office);
    const device = world.device(person);
    world.admit(changed(world, office, { isSuspended: true }));
    expect(world.view.deviceStatus(device.id, world.nowMs)).toBe('suspended');
    expect(world.state.at(world.state.size - 1).deviceStatus(device.id, world.nowMs)).toBe('live');
    expect(() => world.person(office)).toThrow(refusal('directory/suspended'));
    expect(() => world.standDevice(device)).toThrow(refusal('directory/suspended'));
    expect(() => world.device(person, device)).toThrow(refusal('directory/suspended'));
    world.admit(changed(world, office, { serial: 3 }));
    expect(world.view.deviceStatus(device.id, world.nowMs)).toBe('live');
  });

  it('with new registrars: the old ones sign no more, what they signed stands', () => {
    const world = new FederationWorld();
    const office = world.authority(world.oversightBody());
    const device = world.device(world.person(office));
    world.admit(changed(world, office, { registrarKeys: publicKeys(world.keys(3)) }));
    expect(() => world.person(office)).toThrow(refusal('directory/signer'));
    expect(world.view.isDeviceLive(device.id, world.nowMs)).toBe(true);
  });
});

describe('the time of an entry', () => {
  it('lies at most five minutes ahead of the receipt and thirty days behind it', () => {
    const world = new FederationWorld();
    const entryAt = (timeMs: number) => {
      const keys = world.keys(3);
      const draft = { keys: publicKeys(keys), threshold: 2, time: { timeMs, offsetMinutes: 0 } };
      const succession = { previous: signedRoot(world), signers: world.rootKeys.slice(0, 2) };
      return makeRoot({ ...draft, signers: keys, succession });
    };
    const { nowMs, state } = world;
    const { maxClockSkewMs, maxDirectoryEntryAgeMs } = limits;
    expect(applyEntry(state, entryAt(nowMs + maxClockSkewMs), nowMs).size).toBe(2);
    expect(applyEntry(state, entryAt(nowMs - maxDirectoryEntryAgeMs), nowMs).size).toBe(2);
    const late = nowMs - maxDirectoryEntryAgeMs - maxClockSkewMs - 1;
    expect(() => applyEntry(state, entryAt(nowMs + maxClockSkewMs + 1), nowMs)).toThrow(refusal('directory/time'));
    expect(() => applyEntry(state, entryAt(nowMs - maxDirectoryEntryAgeMs - 1), nowMs)).toThrow(
      refusal('directory/time'),
    );
    expect(() => applyEntry(state, entryAt(late))).toThrow(refusal('directory/time'));
    expect(applyEntry(state, entryAt(late + 1)).size).toBe(2);
  });
});
