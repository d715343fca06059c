import { describe, expect, it } from '@jest/globals';
import { type DeviceId, type PersonId, RefusedError } from '@rogatory/kernel';
import { type ContactDirectory, contactPins, contactStatus, decideContact, requireContact } from './contacts.js';

const person = 'aa'.repeat(16) as PersonId;
const [one, two, three, four] = ['01', '02', '03', '04'].map((byte) => byte.repeat(16)) as [
  DeviceId,
  DeviceId,
  DeviceId,
  DeviceId,
];
const directory = (...devices: readonly (readonly [DeviceId, DeviceId | undefined])[]): ContactDirectory => ({
  devicesOf: () => devices.map(([deviceId, vouchedBy]) => ({ deviceId, vouchedBy })),
});
const decide = (at: ContactDirectory) =>
  decideContact(new Map(), at, { personId: person, pin: contactPins.compared, nowMs: 1 });

describe('contacts', () => {
  it('are unknown until the user decides', () => {
    const at = directory([one, undefined]);
    expect(contactStatus(new Map(), at, person)).toEqual({ kind: 'unknown' });
    expect(() => requireContact(new Map(), at, person)).toThrow(RefusedError);
    expect(contactStatus(decide(at), at, person).kind).toBe('trusted');
  });

  it('go on, visibly, with devices that a trusted one vouched for, also in a row', () => {
    const decisions = decide(directory([one, undefined]));
    const later = directory([one, undefined], [two, one], [three, two]);
    expect(contactStatus(decisions, later, person)).toMatchObject({ kind: 'extended', newDevices: [two, three] });
    expect(() => requireContact(decisions, later, person)).not.toThrow();
  });

  it('stop at a device that registrars alone enrolled, and at whatever that one vouched for', () => {
    const decisions = decide(directory([one, undefined]));
    const later = directory([one, undefined], [two, undefined], [three, two], [four, one]);
    expect(contactStatus(decisions, later, person)).toEqual({ kind: 'changed', newDevices: [two, three] });
    expect(() => requireContact(decisions, later, person)).toThrow(RefusedError);
    expect(contactStatus(decide(later), later, person).kind).toBe('trusted');
  });

  it('cannot be decided of a person without devices', () => {
    expect(() => decide(directory())).toThrow(RefusedError);
  });
});
