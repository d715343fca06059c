import { describe, expect, it } from '@jest/globals';
import { type AuthorityId } from '@rogatory/kernel';
import type { SigningKey } from '@rogatory/crypto/sign';
import {
  type Revocation,
  revocationActions,
  revocationReasons,
  type RevocationTarget,
  revocationTargets,
} from '@rogatory/protocol';
import { makeRevocation } from '../ceremony/enrolment.js';
import type { Signers } from '../ceremony/signatures.js';
import { applyEntry } from '../directory-state.js';
import { FederationWorld } from '../testing.js';

const refusal = (code: string) => expect.objectContaining({ code });
const { revoke, suspend, reinstate } = revocationActions;

function setting() {
  const world = new FederationWorld(5);
  const body = world.oversightBody();
  const office = world.authority(body);
  const person = world.person(office);
  const device = world.device(person);
  const second = world.device(person, device);
  const about = (target: RevocationTarget, targetId: string, changes: Partial<Revocation>, signers: Signers) =>
    makeRevocation(
      {
        authorityId: office.id,
        target,
        targetId,
        serial: world.view.standing(target, targetId).serial + 1,
        action: revoke,
        reason: revocationReasons.lost,
        time: world.time,
        ...changes,
      },
      signers,
    );
  const ofDevice = (changes: Partial<Revocation>, signers: Signers) =>
    about(revocationTargets.device, second.id, changes, signers);
  const ofPerson = (changes: Partial<Revocation>, signers: Signers) =>
    about(revocationTargets.person, person.id, changes, signers);
  const [one, two] = office.registrars as [SigningKey, SigningKey];
  return { world, body, office, person, device, second, ofDevice, ofPerson, one, two };
}

describe('ending a device', () => {
  it('takes one registrar, or another live device of the person', () => {
    const { world, device, ofDevice, one } = setting();
    expect(applyEntry(world.state, ofDevice({}, { registrars: [one] })).size).toBe(world.state.size + 1);
    expect(applyEntry(world.state, ofDevice({}, { devices: [device.signing] })).size).toBe(world.state.size + 1);
  });

  it('is refused by nobody, by the device itself, by others’ devices and registrars', () => {
    const { world, body, office, second, ofDevice, one } = setting();
    const stranger = world.device(world.person(office));
    const refuse = (signers: Signers, code: string) =>
      expect(() => world.admit(ofDevice({}, signers))).toThrow(refusal(code));
    refuse({}, 'directory/threshold');
    refuse({ devices: [second.signing] }, 'directory/signer');
    refuse({ registrars: [one], devices: [second.signing] }, 'directory/signer');
    refuse({ devices: [stranger.signing] }, 'directory/signer');
    refuse({ registrars: [body.registrars[0] as SigningKey] }, 'directory/signer');
    refuse({ registrars: [stranger.signing] }, 'directory/signer');
    refuse({ devices: [one] }, 'directory/signer');
    refuse({ registrars: [world.rootKeys[0] as SigningKey] }, 'directory/signer');
  });

  it('is refused by a device that has itself ended', () => {
    const { world, device, ofDevice } = setting();
    world.standDevice(device, suspend);
    expect(() => world.admit(ofDevice({}, { devices: [device.signing] }))).toThrow(refusal('directory/signer'));
  });

  it('names the authority that the device belongs to', () => {
    const { world, body, ofDevice } = setting();
    const other = world.authority(body);
    const entry = ofDevice({ authorityId: other.id }, { registrars: other.registrars });
    expect(() => world.admit(entry)).toThrow(refusal('directory/fixed-field'));
    const unknown = ofDevice({ targetId: 'ab'.repeat(16) }, { registrars: other.registrars });
    expect(() => world.admit(unknown)).toThrow(refusal('directory/unknown-target'));
    const nowhere = ofDevice({ authorityId: world.id<AuthorityId>() }, { registrars: other.registrars });
    expect(() => world.admit(nowhere)).toThrow(refusal('directory/fixed-field'));
  });

  it('is lifted by a registrar only, and never after revocation', () => {
    const { world, device, second, ofDevice, one } = setting();
    world.standDevice(second, suspend);
    expect(world.view.deviceStatus(second.id, world.nowMs)).toBe('suspended');
    const byDevice = ofDevice({ action: reinstate }, { devices: [device.signing] });
    expect(() => world.admit(byDevice)).toThrow(refusal('directory/threshold'));
    expect(() => world.standDevice(second, suspend)).toThrow(refusal('directory/standing'));
    world.admit(ofDevice({ action: reinstate }, { registrars: [one] }));
    expect(world.view.deviceStatus(second.id, world.nowMs)).toBe('live');
    expect(() => world.standDevice(second, reinstate)).toThrow(refusal('directory/standing'));
    world.standDevice(second, revoke);
    for (const action of [revoke, suspend, reinstate]) {
      expect(() => world.standDevice(second, action)).toThrow(refusal('directory/standing'));
    }
  });

  it('cannot be played again from a revocation that was held back', () => {
    const { world, second, ofDevice, one } = setting();
    world.standDevice(second, suspend);
    const heldBack = ofDevice({ action: reinstate }, { registrars: [one] });
    world.admit(ofDevice({ action: reinstate }, { registrars: [one], devices: [] }));
    world.standDevice(second, suspend);
    expect(() => world.admit(heldBack)).toThrow(refusal('directory/serial'));
    expect(world.view.deviceStatus(second.id, world.nowMs)).toBe('suspended');
  });
});

describe('ending a person', () => {
  it('takes two registrars and ends every device', () => {
    const { world, person, device, second, ofPerson, one, two } = setting();
    const refuse = (signers: Signers, code: string) =>
      expect(() => world.admit(ofPerson({}, signers))).toThrow(refusal(code));
    refuse({ registrars: [one] }, 'directory/threshold');
    refuse({ registrars: [one], devices: [device.signing] }, 'directory/signer');
    refuse({ devices: [device.signing, second.signing] }, 'directory/signer');
    world.admit(ofPerson({}, { registrars: [one, two] }));
    expect(world.view.liveDevicesOf(person.id, world.nowMs)).toEqual([]);
    expect(world.view.deviceStatus(device.id, world.nowMs)).toBe('revoked');
    expect(world.view.deviceStanding(device.id).status).toBe('live');
  });

  it('is quick under a high threshold, and lifting it is not', () => {
    const { world, body } = setting();
    const strict = world.authority(body, { registrarThreshold: 3 });
    const person = world.person(strict);
    expect(person.authority.registrars).toHaveLength(3);
    world.standPerson(person, suspend);
    const base = {
      authorityId: strict.id,
      target: revocationTargets.person,
      targetId: person.id,
      serial: 2,
      action: reinstate,
      reason: revocationReasons.unspecified,
      time: world.time,
    };
    const byTwo = makeRevocation(base, { registrars: strict.registrars.slice(0, 2) });
    expect(() => world.admit(byTwo)).toThrow(refusal('directory/threshold'));
    world.admit(makeRevocation(base, { registrars: strict.registrars }));
    expect(world.view.isPersonLive(person.id, world.nowMs)).toBe(true);
  });

  it('says where and why it stands', () => {
    const { world, person } = setting();
    expect(world.view.personStanding(person.id)).toEqual({
      status: 'live',
      serial: 0,
      reason: undefined,
      index: undefined,
    });
    world.standPerson(person);
    const index = world.state.size - 1;
    expect(world.view.personStanding(person.id)).toEqual({ status: 'revoked', serial: 1, reason: 0, index });
    expect(world.state.at(index).personStanding(person.id).status).toBe('live');
  });
});
