/** Objects of the directory, valid and not (docs/spec/directory.md). */
import { compareBytes, concatBytes } from '@rogatory/kernel';
import * as p from '@rogatory/protocol';
import {
  authority,
  card,
  day,
  device,
  deviceCertificate,
  deviceEntry,
  enrolment,
  firstCertificate,
  firstRoot,
  kem,
  person,
  personCertificate,
  prekey,
  record,
  revocation,
  root1,
  rootFile,
  rootKeyRow,
  successor,
} from './directory-objects.mjs';
import { edit, filled, flip, id, key, signAs, text, time, toLong } from './parts.mjs';

const { signaturePurposes: purposes } = p;

export const valid = [
  { kind: 'federation-root', name: 'first', description: 'version 1, two of three keys sign', bytes: root1 },
  {
    ...{ kind: 'federation-root', name: 'successor', description: 'version 2, signed by three new and two old keys' },
    ...{ bytes: rootFile(successor, [0, 1, 2], [0, 2]), signer: rootKeyRow },
  },
  {
    kind: 'authority-record',
    name: 'authority',
    description: 'central, demo, text beyond ASCII',
    bytes: authority(),
    signer: rootKeyRow,
  },
  {
    ...{
      kind: 'authority-record',
      name: 'oversight body',
      description: 'names no oversight body of its own; suspended; empty lists',
    },
    bytes: authority({
      ...{
        kind: p.authorityKinds.oversightBody,
        isCentralAuthority: false,
        isDemo: false,
        isSuspended: true,
        languages: [],
      },
      ...{ instruments: [], oversightAuthorityId: '0'.repeat(32), serial: 0xffffffff, state: 'EU' },
    }),
    signer: rootKeyRow,
  },
  {
    kind: 'person-certificate',
    name: 'judge',
    description: 'a judge who may be lead, contributor, reader or liaison',
    bytes: person(),
  },
  {
    ...{
      kind: 'person-certificate',
      name: 'auditor',
      description: 'a second certificate, without any role; negative zone offset',
    },
    bytes: person({ serial: 2, postKind: 5, roleCeiling: 0, time: { ...time, offsetMinutes: -840 } }),
  },
  {
    kind: 'device-certificate',
    name: 'further device',
    description: 'one registrar and one device sign',
    bytes: deviceEntry(),
  },
  { kind: 'revocation', name: 'device revoked', description: 'compromised', bytes: revocation() },
  {
    ...{ kind: 'revocation', name: 'person reinstated', description: 'third about this person; no reason given' },
    bytes: revocation({ target: 2, targetId: id('e1'), serial: 3, action: 3, reason: 0 }),
  },
  { kind: 'card', name: 'card', description: 'names beyond ASCII, in NFC', bytes: card },
  { kind: 'prekey', name: 'prekey', description: 'of the longest period', bytes: prekey(), signer: device.publicKey },
  { kind: 'enrolment-request', name: 'with a card', description: 'a new person', bytes: enrolment(card) },
  {
    kind: 'enrolment-request',
    name: 'without a card',
    description: 'a person whose names are known',
    bytes: enrolment(new Uint8Array(0)),
  },
  {
    ...{ kind: 'directory-bundle', name: 'bundle', description: 'two entries and a card' },
    bytes: p.encodeDirectoryBundle({ entries: [root1, person()], cards: [card] }),
  },
];

const weakSigning = filled(0, 32);
weakSigning[0] = 1; // the neutral element
const unreduced = concatBytes(Uint8Array.of(0xff, 0xff, 0xff), kem('device/0').slice(3));
const lowOrder = concatBytes(kem('device/0').slice(0, 1184), filled(0, 32));
const signedLength = p.encodePersonCertificate(personCertificate).length;
const nameAt = 4 + 2 + 16 + 4 + 2 + 1 + 1;
const nameBytes = text(record.name);
const codec = 'codec';
const verification = 'verification';

/** The keys that a kind's signatures are checked by, where it does not carry them. @type {Record<string, Uint8Array>} */
const signerOf = { 'authority-record': rootKeyRow, prekey: device.publicKey };

/** @param {string} kind @param {string} name @param {string} code @param {Uint8Array} bytes */
const refused = (kind, name, code, bytes) => ({
  ...{ kind, name, family: code.startsWith(codec) ? codec : verification, code, bytes, signer: signerOf[kind] },
});

const roots = [
  refused('federation-root', 'version 0', 'codec/range', rootFile({ ...firstRoot, version: 0 }, [0, 1])),
  refused('federation-root', 'threshold 1', 'codec/range', rootFile({ ...firstRoot, threshold: 1 }, [0])),
  refused(
    'federation-root',
    'threshold above the number of keys',
    'codec/range',
    rootFile({ ...firstRoot, threshold: 4 }, [0, 1]),
  ),
  refused('federation-root', 'no key', 'codec/range', rootFile({ ...firstRoot, keys: [] }, [])),
  refused(
    'federation-root',
    'seventeen keys',
    'codec/range',
    rootFile({ ...firstRoot, keys: Array.from({ length: 17 }, (_, i) => filled(i, 32)) }, []),
  ),
  refused(
    'federation-root',
    'keys not ascending',
    'codec/order',
    rootFile({ ...firstRoot, keys: [...firstRoot.keys].reverse() }, []),
  ),
  refused(
    'federation-root',
    'a key twice',
    'codec/order',
    rootFile({ ...firstRoot, keys: [firstRoot.keys[0], firstRoot.keys[0]] }, []),
  ),
  refused('federation-root', 'suite 3', 'codec/unknown-value', edit(root1, 4, 'replace', [0, 3])),
  refused('federation-root', 'suite 2, reserved', 'crypto/suite', rootFile({ ...firstRoot, suite: 2 }, [0, 1])),
  refused(
    'federation-root',
    'zone offset of more than 14 hours',
    'codec/range',
    edit(root1, 4 + 2 + 4 + 2 + 96 + 32 + 8, 'replace', [3, 0x49]),
  ),
  refused(
    'federation-root',
    'time beyond 2^53 - 1',
    'codec/range',
    edit(root1, 4 + 2 + 4 + 2 + 96 + 32, 'replace', [0, 0x20]),
  ),
  refused('federation-root', 'signatures not ascending', 'codec/order', rootFile(firstRoot, [1, 0])),
  refused('federation-root', 'one signature twice', 'codec/order', rootFile(firstRoot, [0, 0])),
  refused(
    'federation-root',
    'signature of another key',
    'crypto/signature',
    edit(root1, root1.length - 1 - 65, 'replace', [2]),
  ),
  refused(
    'federation-root',
    'index beyond the keys',
    'crypto/signature',
    edit(root1, root1.length - 1 - 65, 'replace', [3]),
  ),
  refused(
    'federation-root',
    'key of small order',
    'crypto/weak-key',
    rootFile({ ...firstRoot, keys: [weakSigning, ...firstRoot.keys.slice(1)].sort(compareBytes) }, []),
  ),
  refused(
    'federation-root',
    'S of a signature raised by the group order',
    'crypto/signature',
    edit(root1, root1.length - 1 - 32, 'replace', toLong(root1.slice(-33, -1))),
  ),
];

const authorities = [
  .../** @type {[string, string, object][]} */ ([
    ['serial 0', 'codec/range', { serial: 0 }],
    ['lower-case state', 'codec/text', { state: 'aa' }],
    ['unknown kind', 'codec/unknown-value', { kind: 7 }],
    ['threshold 1', 'codec/range', { registrarThreshold: 1 }],
    ['empty name', 'codec/range', { name: '' }],
    ['name of 201 characters', 'codec/range', { name: 'n'.repeat(201) }],
    ['language with a blank', 'codec/text', { languages: ['en GB'] }],
    ['instrument of one character', 'codec/text', { instruments: ['E'] }],
    ['language twice', 'codec/order', { languages: ['en', 'en'] }],
    ['41 languages', 'codec/range', { languages: Array.from({ length: 41 }, (_, i) => `x-${i}`) }],
    ['oversight key with a coefficient above q', 'crypto/weak-key', { oversightKemKey: unreduced }],
    ['registrars not ascending', 'codec/order', { registrarKeys: [...record.registrarKeys].reverse() }],
  ]).map(([name, code, changes]) => refused('authority-record', name, code, authority(changes))),
  refused('authority-record', 'unknown flag', 'codec/flags', edit(authority(), nameAt - 1, 'replace', [8])),
  refused(
    'authority-record',
    'name in NFD',
    'codec/text',
    edit(authority(), nameAt, 2 + nameBytes.length, [0, nameBytes.length + 1, 0x4f, 0xcc, 0x88, ...nameBytes.slice(2)]),
  ),
  refused('authority-record', 'name that is not UTF-8', 'codec/text', edit(authority(), nameAt + 2, 'replace', [0xff])),
];

const certificates = [
  .../** @type {[string, string, object][]} */ ([
    ['unknown role', 'codec/flags', { roleCeiling: 0x40 }],
    ['role number 0', 'codec/flags', { roleCeiling: 1 }],
    ['unknown post', 'codec/unknown-value', { postKind: 6 }],
    ['period of no length', 'codec/range', { notAfterMs: personCertificate.notBeforeMs }],
    ['period of more than 400 days', 'codec/range', { notAfterMs: personCertificate.notBeforeMs + 400 * day + 1 }],
    ['serial 0', 'codec/range', { serial: 0 }],
  ]).map(([name, code, changes]) => refused('person-certificate', name, code, person(changes))),
  refused(
    'person-certificate',
    'kind of signer unknown',
    'codec/unknown-value',
    edit(person(), signedLength + 1, 'replace', [3]),
  ),
  refused('person-certificate', 'seventeen signatures', 'codec/range', edit(person(), signedLength, 'replace', [17])),
  refused(
    'person-certificate',
    'one key signs twice',
    'codec/order',
    concatBytes(
      person().slice(0, signedLength),
      Uint8Array.of(2),
      person().slice(signedLength + 1, signedLength + 98),
      person().slice(signedLength + 1, signedLength + 98),
    ),
  ),
  refused('person-certificate', 'a signature changed', 'crypto/signature', flip(person(), person().length - 1)),
  refused(
    'device-certificate',
    'KEM key with a coefficient above q',
    'crypto/weak-key',
    deviceEntry({ kemKey: unreduced }),
  ),
  refused('device-certificate', 'X25519 half of low order', 'crypto/weak-key', deviceEntry({ kemKey: lowOrder })),
  refused(
    'device-certificate',
    'signing key of small order',
    'crypto/weak-key',
    deviceEntry({ signingKey: weakSigning }),
  ),
  refused(
    'device-certificate',
    'proof by another key',
    'crypto/signature',
    deviceEntry({ signingKey: key('device/1').publicKey }),
  ),
  refused('device-certificate', 'suite 2, reserved', 'crypto/suite', deviceEntry({ suite: 2 })),
  refused('revocation', 'serial 0', 'codec/range', revocation({ serial: 0 })),
  refused('revocation', 'unknown target', 'codec/unknown-value', revocation({ target: 3 })),
  refused('revocation', 'unknown action', 'codec/unknown-value', revocation({ action: 4 })),
  refused('revocation', 'unknown reason', 'codec/unknown-value', revocation({ reason: 6 })),
  refused(
    'card',
    'name of 201 characters',
    'codec/range',
    p.encodePersonCard({ salt: filled(1, 32), personName: 'n'.repeat(201), postName: '' }),
  ),
  refused('prekey', 'period of more than 14 days', 'codec/range', prekey({ notAfterMs: time.timeMs + 14 * day + 1 })),
  refused('prekey', 'KEM key of low order', 'crypto/weak-key', prekey({ kemKey: lowOrder })),
  refused(
    'prekey',
    'signed for another purpose',
    'crypto/signature',
    signAs(device, purposes.link, prekey().slice(0, -64)),
  ),
  refused(
    'enrolment-request',
    'second certificate',
    'codec/range',
    p.encodeEnrolmentRequest({
      certificateBytes: p.encodeDeviceCertificate({ ...deviceCertificate, serial: 2 }),
      proofOfPossession: filled(0, 64),
      cardBytes: card,
    }),
  ),
  refused(
    'enrolment-request',
    'bytes after the certificate',
    'codec/trailing',
    p.encodeEnrolmentRequest({
      certificateBytes: concatBytes(firstCertificate, Uint8Array.of(0)),
      proofOfPossession: filled(0, 64),
      cardBytes: card,
    }),
  ),
  refused(
    'directory-bundle',
    'more entries than there are',
    'codec/truncated',
    edit(p.encodeDirectoryBundle({ entries: [], cards: [] }), 4, 'replace', [0, 0, 0, 1]),
  ),
];

export const invalid = [...roots, ...authorities, ...certificates];
export const spec = ['directory.md'];
