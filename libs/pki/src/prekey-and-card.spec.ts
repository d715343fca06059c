import { describe, expect, it } from '@jest/globals';
import { limits } from '@rogatory/kernel';
import { KemKey } from '@rogatory/crypto/seal';
import { SigningKey } from '@rogatory/crypto/sign';
import { decodeEnrolmentRequest, encodePersonCard, type Prekey, suites } from '@rogatory/protocol';
import { makeCard, verifyCard } from './card.js';
import { makeEnrolmentRequest, openEnrolmentRequest } from './ceremony/enrolment.js';
import { makePrekey, verifyPrekey } from './prekey.js';
import { registrarKeyIdOf } from './registrar-key.js';
import { FederationWorld } from './testing.js';

const refusal = (code: string) => expect.objectContaining({ code });

function setting() {
  const world = new FederationWorld(11);
  const person = world.person(world.authority(world.oversightBody()));
  const device = world.device(person);
  const prekey: Prekey = {
    suite: suites.xwing,
    deviceId: device.id,
    prekeyId: 1,
    kemKey: KemKey.generate(world.random).publicKey,
    notBeforeMs: world.nowMs,
    notAfterMs: world.nowMs + limits.maxPrekeyMs,
  };
  return { world, person, device, prekey };
}

describe('a prekey', () => {
  it('is verified against the device in the directory, at a time', () => {
    const { world, device, prekey } = setting();
    const bytes = makePrekey(prekey, device.signing);
    const verified = verifyPrekey(world.view, bytes, world.nowMs);
    expect(verified.prekey).toEqual(prekey);
    expect(verified.prekeyHash).toHaveLength(32);
    const code = refusal('directory/prekey');
    expect(() => verifyPrekey(world.view, bytes, world.nowMs - 1)).toThrow(code);
    expect(() => verifyPrekey(world.view, bytes, prekey.notAfterMs)).toThrow(code);
    world.standDevice(device);
    expect(() => verifyPrekey(world.view, bytes, world.nowMs)).toThrow(code);
  });

  it('is refused when signed by another, altered, weak, of another suite or too long', () => {
    const { world, device, prekey } = setting();
    const code = refusal('directory/prekey');
    const verify = (bytes: Uint8Array) => () => verifyPrekey(world.view, bytes, world.nowMs);
    expect(verify(makePrekey(prekey, SigningKey.generate(world.random)))).toThrow(code);
    expect(verify(makePrekey({ ...prekey, suite: suites.x25519 }, device.signing))).toThrow(code);
    const weak = { ...prekey, kemKey: prekey.kemKey.slice().fill(0xff, 0, 3) };
    expect(verify(makePrekey(weak, device.signing))).toThrow(code);
    const flipped = makePrekey(prekey, device.signing);
    flipped[30] = (flipped[30] as number) ^ 1;
    expect(verify(flipped)).toThrow(code);
    const long = { ...prekey, notAfterMs: prekey.notAfterMs + 1 };
    expect(() => makePrekey(long, device.signing)).toThrow(refusal('codec/range'));
  });
});

describe('a card', () => {
  it('is the certified one or none', () => {
    const { world, person } = setting();
    const inDirectory = world.view.person(person.id);
    if (inDirectory === undefined) throw new RangeError('the person is there');
    expect(verifyCard(inDirectory, person.cardBytes).personName).toBe('Person Example');
    const sameNames = makeCard({ personName: 'Person Example', postName: 'Post 1' }, world.random);
    expect(() => verifyCard(inDirectory, sameNames)).toThrow(refusal('directory/card'));
    expect(() => verifyCard(inDirectory, person.cardBytes.subarray(1))).toThrow(refusal('codec/magic'));
    const tooLong = { personName: 'x'.repeat(limits.maxNameCharacters + 1), postName: '' };
    expect(() => makeCard(tooLong, world.random)).toThrow(refusal('codec/range'));
  });
});

describe('an enrolment request', () => {
  it('carries the card where there is one, and proves possession', () => {
    const { world, device, person } = setting();
    const { certificate } = decodeEnrolmentRequest(world.requestFor(device));
    const request = makeEnrolmentRequest(certificate, device.signing, person.cardBytes);
    expect(
      encodePersonCard(openEnrolmentRequest(request).card ?? { salt: person.cardBytes, personName: '', postName: '' }),
    ).toEqual(person.cardBytes);
    expect(openEnrolmentRequest(world.requestFor(device)).card).toBeUndefined();
    const forged = request.slice();
    const proofAt = request.length - person.cardBytes.length - 2 - 1;
    forged[proofAt] = (forged[proofAt] as number) ^ 1;
    expect(() => openEnrolmentRequest(forged)).toThrow(refusal('crypto/signature'));
  });
});

describe('a registrar’s key', () => {
  it('has a short name of its own', () => {
    const { person } = setting();
    const ids = person.authority.registrars.map((key) => registrarKeyIdOf(key.publicKey));
    expect(new Set(ids).size).toBe(3);
    expect(ids[0]).toMatch(/^[0-9a-f]{32}$/);
  });
});
