/** Objects of the directory (docs/spec/directory.md). */
import { compareBytes, concatBytes } from '@rogatory/kernel';
import { KemKey } from '@rogatory/crypto/seal';
import { hash } from '@rogatory/crypto/verify';
import * as p from '@rogatory/protocol';
import { filled, id, key, signAs, time } from './parts.mjs';

const { signaturePurposes: purposes, suites } = p;
const suite = suites.xwing;
export const day = 86_400_000;

/** @param {string} seed */
export const kem = (seed) => KemKey.fromSeed(key(`kem/${seed}`).exportSeed()).publicKey;

export const rootKeys = ['root/0', 'root/1', 'root/2'].map(key).sort((a, b) => compareBytes(a.publicKey, b.publicKey));
const registrars = ['registrar/0', 'registrar/1'].map(key).sort((a, b) => compareBytes(a.publicKey, b.publicKey));
export const device = key('device/0');

/** @param {readonly any[]} keys @param {readonly number[]} indexes @param {number} purpose @param {Uint8Array} bytes */
const listed = (keys, indexes, purpose, bytes) =>
  indexes.map((keyIndex) => ({ keyIndex, signature: keys[keyIndex].sign(purpose, bytes) }));

/** @param {readonly any[]} keys @param {number} purpose @param {Uint8Array} bytes @param {number} kind */
const signers = (keys, purpose, bytes, kind = p.signerKinds.registrar) =>
  keys.map((signer) => ({ kind, publicKey: signer.publicKey, signature: signer.sign(purpose, bytes) }));

export const firstRoot = {
  suite,
  version: 1,
  threshold: 2,
  keys: rootKeys.map((k) => k.publicKey),
  previousHash: filled(0, 32),
  time,
};

/** @param {any} root @param {readonly number[]} indexes @param {readonly number[]} previous */
export function rootFile(root, indexes, previous = []) {
  const signedBytes = p.encodeFederationRoot(root);
  const signatures = listed(rootKeys, indexes, purposes.root, signedBytes);
  const previousSignatures = listed(rootKeys, previous, purposes.root, signedBytes);
  return p.encodeSignedFederationRoot({ signedBytes, signatures, previousSignatures });
}

export const record = {
  ...{ suite, authorityId: id('a1'), serial: 1, state: 'AA', kind: p.authorityKinds.prosecutionOffice },
  ...{
    isCentralAuthority: true,
    isDemo: true,
    isSuspended: false,
    name: 'Öffentliche Anklage – 検察庁',
    territory: 'Exampleland',
  },
  ...{ languages: ['de', 'en-GB'], instruments: ['EIO', 'JIT'], registrarThreshold: 2 },
  registrarKeys: registrars.map((k) => k.publicKey),
  ...{ oversightAuthorityId: id('a2'), oversightKemKey: kem('oversight'), time },
};

/** @param {any} changes */
export function authority(changes = {}) {
  const signedBytes = p.encodeAuthorityRecord({ ...record, ...changes });
  return p.encodeSignedAuthorityRecord({
    signedBytes,
    signatures: listed(rootKeys, [0, 2], purposes.authority, signedBytes),
  });
}

export const personCertificate = {
  ...{ suite, authorityId: id('a1'), serial: 1, personId: id('e1'), postId: id('b1'), postKind: p.postKinds.judge },
  ...{
    roleCeiling: 0x1e,
    notBeforeMs: time.timeMs - day,
    notAfterMs: time.timeMs + 365 * day,
    cardHash: filled(0xc4, 32),
    time,
  },
};

/** @param {any} changes */
export function person(changes = {}) {
  const signedBytes = p.encodePersonCertificate({ ...personCertificate, ...changes });
  return p.encodeSignedPersonCertificate({
    signedBytes,
    signatures: signers(registrars, purposes.personCertificate, signedBytes),
  });
}

export const deviceCertificate = {
  ...{ suite, authorityId: id('a1'), serial: 1, personId: id('e1'), deviceId: id('d1'), signingKey: device.publicKey },
  ...{ kemKey: kem('device/0'), notBeforeMs: time.timeMs - day, notAfterMs: time.timeMs + 399 * day, time },
};

/** @param {any} changes */
export function deviceEntry(changes = {}) {
  const signedBytes = p.encodeDeviceCertificate({ ...deviceCertificate, ...changes });
  const proofOfPossession = device.sign(purposes.proofOfPossession, signedBytes);
  const list = [...signers(registrars.slice(0, 1), purposes.deviceCertificate, signedBytes)];
  list.push(...signers([key('device/1')], purposes.deviceCertificate, signedBytes, p.signerKinds.device));
  list.sort((a, b) => compareBytes(a.publicKey, b.publicKey));
  return p.encodeSignedDeviceCertificate({ signedBytes, proofOfPossession, signatures: list });
}

const revocationOf = {
  suite,
  authorityId: id('a1'),
  serial: 1,
  target: 1,
  targetId: id('d1'),
  action: 1,
  reason: 2,
  time,
};

/** @param {any} changes */
export function revocation(changes = {}) {
  const signedBytes = p.encodeRevocation({ ...revocationOf, ...changes });
  return p.encodeSignedRevocation({ signedBytes, signatures: signers(registrars, purposes.revocation, signedBytes) });
}

/** @param {any} changes */
export function prekey(changes = {}) {
  const base = { suite, deviceId: id('d1'), prekeyId: 7, kemKey: kem('prekey/7') };
  const validity = { notBeforeMs: time.timeMs, notAfterMs: time.timeMs + 14 * day };
  return signAs(device, purposes.prekey, p.encodePrekey({ ...base, ...validity, ...changes }));
}

export const card = p.encodePersonCard({
  salt: filled(0x5a, 32),
  personName: 'Ana Măgureanu',
  postName: 'Judge, chamber 3',
});
export const firstCertificate = p.encodeDeviceCertificate(deviceCertificate);

/** @param {Uint8Array} cardBytes */
export const enrolment = (cardBytes) =>
  p.encodeEnrolmentRequest({
    certificateBytes: firstCertificate,
    proofOfPossession: device.sign(purposes.proofOfPossession, firstCertificate),
    cardBytes,
  });

export const root1 = rootFile(firstRoot, [0, 1]);
export const successor = {
  ...{ ...firstRoot, version: 2, threshold: 3 },
  previousHash: hash(p.contexts.root, p.encodeFederationRoot(firstRoot)),
};
export const rootKeyRow = concatBytes(...rootKeys.map((k) => k.publicKey));
