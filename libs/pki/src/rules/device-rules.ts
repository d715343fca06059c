import { type DeviceId, equalBytes, limits } from '@rogatory/kernel';
import {
  type AuthorityRecord,
  type DeviceCertificate,
  signaturePurposes,
  type SignedDeviceCertificate,
} from '@rogatory/protocol';
import type { DirectoryDevice } from '../directory-records.js';
import type { DirectoryStore } from '../directory-store.js';
import { demand } from '../pki.errors.js';
import { kemKeyHashOf } from './authority-rules.js';
import { demandKemKey, demandPeriod, demandSigningKey, demandSuite, type EntryScene } from './entry-checks.js';
import { activeAuthority, certificateHashOf } from './person-rules.js';
import { type CountedSigners, countSigners, demandSignature } from './signers.js';

/**
 * SPEC: directory 6 — a further device: a live device of the same person and one registrar. A first device: the
 * authority's threshold of registrars, and no earlier device of the person that is neither revoked nor expired.
 */
export function checkDevice(scene: EntryScene, signed: SignedDeviceCertificate): DirectoryDevice {
  const { certificate, signedBytes } = signed;
  const { deviceId, personId, authorityId } = certificate;
  demandSuite(certificate.suite);
  const authority = activeAuthority(scene, authorityId);
  demandPerson(scene, certificate);
  demandPeriod(scene, certificate);
  const previous = scene.view.device(deviceId);
  demand(certificate.serial === (previous?.certificate.serial ?? 0) + 1, 'directory/serial');
  const kemKeyHash = kemKeyHashOf(certificate.kemKey);
  if (previous === undefined) demandNewDevice(scene, certificate, kemKeyHash);
  else demandRenewal(scene, previous, certificate);
  const proof = { purpose: signaturePurposes.proofOfPossession, signedBytes };
  demandSignature(scene, proof, certificate.signingKey, signed.proofOfPossession);
  const statement = { purpose: signaturePurposes.deviceCertificate, signedBytes };
  const signers = countSigners(scene, statement, signed.signatures, { authority, personId });
  const vouchedBy = demandConsent(scene, certificate, signers, authority);
  return {
    deviceId,
    personId,
    authorityId,
    certificate,
    certificateHash: certificateHashOf(signedBytes),
    kemKeyHash,
    vouchedBy: previous === undefined ? vouchedBy : previous.vouchedBy,
    firstIndex: previous?.firstIndex ?? scene.index,
    index: scene.index,
  };
}

function demandPerson(scene: EntryScene, { personId, authorityId }: DeviceCertificate): void {
  const person = scene.view.person(personId);
  demand(person !== undefined, 'directory/unknown-person');
  demand(person.authorityId === authorityId, 'directory/fixed-field');
  demand(
    scene.judgedAtMs.every((atMs) => scene.view.isPersonLive(personId, atMs)),
    'directory/not-live',
  );
}

function demandNewDevice(scene: EntryScene, certificate: DeviceCertificate, kemKeyHash: Uint8Array): void {
  demandSigningKey(scene, certificate.signingKey);
  demandKemKey(scene, certificate.kemKey);
  const isFree =
    scene.view.keyOwner(certificate.signingKey) === undefined && scene.view.keyOwner(kemKeyHash) === undefined;
  demand(isFree, 'directory/key-reused');
  demand(usableDevices(scene, certificate).length < limits.maxDevicesPerPerson, 'directory/device-count');
}

function demandRenewal(scene: EntryScene, previous: DirectoryDevice, certificate: DeviceCertificate): void {
  const isSame =
    previous.personId === certificate.personId &&
    equalBytes(previous.certificate.signingKey, certificate.signingKey) &&
    equalBytes(previous.certificate.kemKey, certificate.kemKey);
  demand(isSame, 'directory/fixed-field');
  demand(scene.view.deviceStanding(certificate.deviceId).status === 'live', 'directory/not-live');
}

/** Devices of the person that are neither revoked nor expired. A suspended one counts: it may come back. */
function usableDevices(scene: EntryScene, { personId }: DeviceCertificate): DirectoryDevice[] {
  return scene.view
    .devicesOf(personId)
    .filter(
      ({ deviceId, certificate }) =>
        scene.view.deviceStanding(deviceId).status !== 'revoked' &&
        scene.judgedAtMs.some((atMs) => atMs < certificate.notAfterMs),
    );
}

/** The device that asked for the new one, or undefined for a first device. */
function demandConsent(
  scene: EntryScene,
  certificate: DeviceCertificate,
  signers: CountedSigners,
  authority: AuthorityRecord,
): DeviceId | undefined {
  const consenting = signers.devices[0];
  if (consenting !== undefined) {
    demand(signers.registrars >= 1, 'directory/threshold');
    return consenting;
  }
  // Registrars alone never slip a device in beside those that a person uses: the old ones are revoked first, for all to see.
  const isFirst = certificate.serial === 1 && usableDevices(scene, certificate).length === 0;
  demand(isFirst, 'directory/device-consent');
  demand(signers.registrars >= authority.registrarThreshold, 'directory/threshold');
  return undefined;
}

export function keepDevice(store: DirectoryStore, device: DirectoryDevice): void {
  store.setDevice(device);
  if (device.firstIndex !== device.index) return;
  const owner = { kind: 'device', deviceId: device.deviceId } as const;
  store.setKeyOwner(device.certificate.signingKey, device.index, owner);
  store.setKeyOwner(device.kemKeyHash, device.index, owner);
}
