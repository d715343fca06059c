import { type DeviceId, type PersonId } from '@rogatory/kernel';
import type { DirectoryDevice } from '@rogatory/pki';
import { contactError } from '../e2ee.errors.js';

/** How a person's devices came to be trusted: fingerprints compared by another way, or taken on trust knowingly. */
export const contactPins = { compared: 1, accepted: 2 } as const;
export type ContactPin = (typeof contactPins)[keyof typeof contactPins];

/** What this device's user decided of one person. */
export interface ContactDecision {
  readonly personId: PersonId;
  readonly pin: ContactPin;
  /** All devices of the person that the decision covers. */
  readonly devices: readonly DeviceId[];
  readonly decidedAtMs: number;
}

export type TrustDecisions = ReadonlyMap<PersonId, ContactDecision>;

/** A person as the user must see them now. */
export type ContactStatus =
  /** Never decided: the first contact is explicit. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'trusted'; readonly pin: ContactPin }
  /** New devices, each vouched for by a trusted one: shown, does not stop work. */
  | { readonly kind: 'extended'; readonly pin: ContactPin; readonly newDevices: readonly DeviceId[] }
  /** A device that no trusted one vouched for: work with the person stops until re-verified. */
  | { readonly kind: 'changed'; readonly newDevices: readonly DeviceId[] };

/** A directory view, as far as contacts need it. */
export interface ContactDirectory {
  devicesOf(personId: PersonId): readonly Pick<DirectoryDevice, 'deviceId' | 'vouchedBy'>[];
}

/** SPEC: keys 8: a new device is continuous only if its chain of vouching devices begins in the pinned set. */
export function contactStatus(
  decisions: TrustDecisions,
  directory: ContactDirectory,
  personId: PersonId,
): ContactStatus {
  const decision = decisions.get(personId);
  if (decision === undefined) return { kind: 'unknown' };
  const trusted = new Set(decision.devices);
  const newDevices: DeviceId[] = [];
  const strangers: DeviceId[] = [];
  // The directory lists devices in the order of enrolment, and only an enrolled device can vouch.
  for (const { deviceId, vouchedBy } of directory.devicesOf(personId)) {
    if (trusted.has(deviceId)) continue;
    newDevices.push(deviceId);
    if (vouchedBy !== undefined && trusted.has(vouchedBy)) trusted.add(deviceId);
    else strangers.push(deviceId);
  }
  if (strangers.length > 0) return { kind: 'changed', newDevices: strangers };
  if (newDevices.length > 0) return { kind: 'extended', pin: decision.pin, newDevices };
  return { kind: 'trusted', pin: decision.pin };
}

/** Pins all devices that the directory now shows for the person: the user has just decided on exactly these. */
export function decideContact(
  decisions: TrustDecisions,
  directory: ContactDirectory,
  decision: { readonly personId: PersonId; readonly pin: ContactPin; readonly nowMs: number },
): TrustDecisions {
  const { personId, pin, nowMs } = decision;
  const devices = directory.devicesOf(personId).map(({ deviceId }) => deviceId);
  if (devices.length === 0) throw contactError({ personId, status: 'unknown' });
  return new Map(decisions).set(personId, { personId, pin, devices, decidedAtMs: nowMs });
}

/** @throws RefusedError `e2ee/contact` unless work with the person may go on. */
export function requireContact(decisions: TrustDecisions, directory: ContactDirectory, personId: PersonId): void {
  const status = contactStatus(decisions, directory, personId);
  if (status.kind === 'unknown' || status.kind === 'changed') throw contactError({ personId, status: status.kind });
}
