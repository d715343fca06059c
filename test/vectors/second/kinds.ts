/** Every kind of object of the vectors: its bytes, what is derived from it, and which signatures it carries. */
import * as cases from './case-formats.js';
import * as directory from './directory-formats.js';
import { H, isKemKey, isSigned, isSigningKey, leafHash, sha256 } from './primitives.js';
import * as operations from './operation-formats.js';
import * as records from './record-formats.js';
import * as tasks from './task-formats.js';
import { type Field, type Fields, type Json, Reader, refuse, unhex } from './wire.js';

export interface Decoded {
  readonly value: Fields;
  readonly bytes: Uint8Array;
  /** Bytes up to a mark: what is signed, hashed or bound to. */
  readonly until: (mark: string) => Uint8Array;
}

interface Claim {
  readonly purpose: number;
  readonly key: Uint8Array;
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array;
}

interface Kind {
  readonly field: Field;
  readonly most: number;
  readonly derive?: (decoded: Decoded) => Readonly<Record<string, Uint8Array>>;
  readonly claims?: (decoded: Decoded, signer: Uint8Array) => readonly Claim[];
  readonly signingKeys?: (value: Fields) => readonly string[];
  readonly kemKeys?: (value: Fields) => readonly string[];
}

const part = (value: Fields, name: string): Fields => value[name] as Fields;
const bytesAt = (value: Fields, name: string): Uint8Array => unhex(value[name] as string);

const one =
  (purpose: number) =>
  (decoded: Decoded, key: Uint8Array): Claim[] => [
    { purpose, key, bytes: decoded.until('signed'), signature: bytesAt(decoded.value, 'signature') },
  ];

const signers = (purpose: number) => (decoded: Decoded) =>
  (decoded.value['signatures'] as readonly Fields[]).map((each) => ({
    ...{
      purpose,
      key: bytesAt(each, 'publicKey'),
      bytes: decoded.until('signed'),
      signature: bytesAt(each, 'signature'),
    },
  }));

function listed(purpose: number, decoded: Decoded, name: string, keys: readonly Uint8Array[]): Claim[] {
  return (decoded.value[name] as readonly Fields[]).map((each) => ({
    ...{ purpose, key: keys[each['keyIndex'] as number] ?? refuse('index'), bytes: decoded.until('signed') },
    signature: bytesAt(each, 'signature'),
  }));
}

const inRow = (bytes: Uint8Array): Uint8Array[] =>
  Array.from({ length: bytes.length / 32 }, (_, i) => bytes.slice(32 * i, 32 * i + 32));
const deviceKeys = (value: Fields): Fields => part(value, 'certificate');
const proof = (decoded: Decoded, bytes: Uint8Array): Claim => ({
  ...{ purpose: 5, key: bytesAt(deviceKeys(decoded.value), 'signingKey'), bytes },
  signature: bytesAt(decoded.value, 'proofOfPossession'),
});

export const itemBytes = (decoded: Decoded): Uint8Array => {
  const header = decoded.until('header');
  const body = H('rogatory/item-body/v1', bytesAt(decoded.value, 'sealed'));
  return Uint8Array.from([...header, ...body]);
};

const entry = 16_384;
const directoryKinds: Readonly<Record<string, Kind>> = {
  'federation-root': {
    ...{ field: directory.federationRoot, most: entry },
    derive: (decoded) => ({ rootHash: H('rogatory/root/v1', decoded.until('signed')) }),
    claims: (decoded, before) => [
      ...listed(1, decoded, 'signatures', (part(decoded.value, 'root')['keys'] as readonly string[]).map(unhex)),
      ...listed(1, decoded, 'previousSignatures', inRow(before)),
    ],
    signingKeys: (value) => part(value, 'root')['keys'] as readonly string[],
  },
  'authority-record': {
    ...{ field: directory.authorityRecord, most: entry },
    claims: (decoded, root) => listed(2, decoded, 'signatures', inRow(root)),
    signingKeys: (value) => part(value, 'record')['registrarKeys'] as readonly string[],
    kemKeys: (value) => [part(value, 'record')['oversightKemKey'] as string],
  },
  'person-certificate': {
    ...{ field: directory.personCertificate, most: entry, claims: signers(3) },
    derive: (decoded) => ({ certificateHash: H('rogatory/certificate/v1', decoded.until('signed')) }),
  },
  'device-certificate': {
    ...{ field: directory.deviceCertificate, most: entry },
    derive: (decoded) => ({
      certificateHash: H('rogatory/certificate/v1', decoded.until('signed')),
      kemKeyHash: H('rogatory/kem-key/v1', bytesAt(deviceKeys(decoded.value), 'kemKey')),
    }),
    claims: (decoded) => [proof(decoded, decoded.until('signed')), ...signers(4)(decoded)],
    signingKeys: (value) => [deviceKeys(value)['signingKey'] as string],
    kemKeys: (value) => [deviceKeys(value)['kemKey'] as string],
  },
  revocation: { field: directory.revocation, most: entry, claims: signers(7) },
  card: {
    ...{ field: directory.card, most: entry },
    derive: ({ bytes }) => ({ cardHash: H('rogatory/card/v1', bytes) }),
  },
  prekey: {
    ...{ field: directory.prekey, most: 2_048, claims: one(6) },
    derive: (decoded) => ({ prekeyHash: H('rogatory/prekey/v1', decoded.until('signed')) }),
    kemKeys: (value) => [part(value, 'prekey')['kemKey'] as string],
  },
  'enrolment-request': {
    ...{ field: directory.enrolmentRequest, most: entry },
    derive: ({ bytes }) => ({ fingerprint: H('rogatory/enrolment/v1', bytes) }),
    // The certificate's bytes lie behind the magic and a length of two bytes.
    claims: (decoded) => [proof(decoded, decoded.bytes.slice(6, 6 + Buffer.from(decoded.bytes).readUInt16BE(4)))],
    signingKeys: (value) => [deviceKeys(value)['signingKey'] as string],
    kemKeys: (value) => [deviceKeys(value)['kemKey'] as string],
  },
  'directory-bundle': { field: directory.directoryBundle, most: 67_108_864 },
};

const caseKinds: Readonly<Record<string, Kind>> = {
  link: {
    ...{ field: cases.link, most: 2_097_152, claims: one(8) },
    derive: (decoded) => ({
      linkHash: H('rogatory/link/v1', decoded.until('signed')),
      contextHash: H('rogatory/link-context/v1', decoded.until('context')),
      logLeaf: leafHash(decoded.bytes),
    }),
  },
  member: {
    ...{ field: cases.member, most: 1_024 },
    derive: ({ bytes }) => ({ memberLeaf: H('rogatory/member/v1', bytes) }),
  },
  box: {
    ...{ field: cases.box, most: 65_536 },
    derive: ({ bytes }) => {
      const boxHash = H('rogatory/box/v1', bytes);
      return { boxHash, boxLeaf: H('rogatory/box-leaf/v1', bytes.slice(0, 48), boxHash) };
    },
  },
  'key-entries': { field: cases.keyEntries, most: 65_536 },
  'disclosed-keys': { field: cases.disclosedKeys, most: 65_536 },
  item: {
    ...{ field: cases.item, most: 65_536 },
    derive: (decoded) => ({
      ...{ itemHash: H('rogatory/item/v1', itemBytes(decoded)), logLeaf: leafHash(decoded.bytes) },
    }),
    claims: (decoded, key) => [
      { purpose: 9, key, bytes: itemBytes(decoded), signature: bytesAt(decoded.value, 'signature') },
    ],
  },
  message: { field: cases.message, most: 65_536 },
  manifest: { field: cases.manifest, most: 65_536 },
  withdrawal: { field: cases.withdrawal, most: 65_536 },
  acknowledgement: { field: cases.acknowledgement, most: 65_536 },
  'case-info': { field: cases.caseInfo, most: 65_536 },
  'carried-head': { field: cases.carriedHead, most: 108 },
  'file-header': {
    ...{ field: cases.fileHeader, most: 96 },
    derive: ({ bytes }) => ({ headerHash: sha256(bytes) }),
  },
  heartbeat: { field: cases.heartbeat, most: 4_096, claims: one(10) },
  complaint: {
    ...{ field: cases.complaint, most: 4_096, claims: one(11) },
    derive: (decoded) => ({ complaintHash: H('rogatory/complaint/v1', decoded.until('signed')) }),
  },
  invitation: {
    ...{ field: cases.invitation, most: 8_192, claims: one(15) },
    derive: (decoded) => ({ invitationHash: H('rogatory/invitation/v1', decoded.until('signed')) }),
  },
  acceptance: { field: cases.acceptance, most: 8_192, claims: one(16) },
  'task-facts': { field: tasks.taskFacts, most: 1_024 },
  'task-content': { field: tasks.taskContent, most: 65_536 },
};

const recordKinds: Readonly<Record<string, Kind>> = {
  'witness-read': { field: directory.witnessRead, most: 512, claims: one(18) },
  'login-statement': { field: records.loginStatement, most: 512, claims: one(12) },
  act: {
    ...{ field: records.act, most: 4_096, claims: one(13) },
    derive: (decoded) => ({ actHash: H('rogatory/act/v1', decoded.until('signed')) }),
  },
  'receipt-promise': { field: records.receiptPromise, most: 512, claims: one(14) },
  why: { field: records.why, most: 16_384 },
  'audit-who': { field: records.who, most: 524_288 },
  'audit-what': { field: records.what, most: 524_288 },
  'audit-source': { field: records.source, most: 524_288 },
  'audit-leaf': {
    ...{ field: records.leaf, most: 4_096 },
    derive: ({ bytes }) => ({ leafHash: leafHash(bytes) }),
  },
  'key-store-file': { field: records.keyStoreFile, most: 16_777_280 },
  'key-store-content': { field: records.keyStoreContent, most: 1_048_576 },
};

const operationKinds: Readonly<Record<string, Kind>> = {
  'operation-facts': { field: operations.facts, most: 10_240 },
  'operation-plan': { field: operations.plan, most: 65_536 },
  'board-entry': { field: operations.entry, most: 65_536 },
  'operation-reason': { field: operations.reason, most: 65_536 },
  'freeze-content': { field: operations.freeze, most: 65_536 },
  endorsement: { field: operations.endorsement, most: 512, claims: one(17) },
};

const kinds: Readonly<Record<string, Kind>> = {
  ...{ ...directoryKinds, ...caseKinds, ...recordKinds, ...operationKinds },
};

export function kindOf(name: string): Kind {
  return kinds[name] ?? refuse('no such kind');
}

/** The form of an object. */
export function decode(kind: string, bytes: Uint8Array): Decoded {
  const { field, most } = kindOf(kind);
  if (bytes.length > most) refuse('too long');
  const reader = new Reader(bytes);
  const value: Json = field.read(reader);
  if (!reader.isAtEnd) refuse('bytes after the end');
  return { value: value as Fields, bytes, until: (mark) => bytes.slice(0, reader.marks.get(mark) ?? refuse('mark')) };
}

/** The form of an object, its keys and its signatures. */
export function verified(kind: string, bytes: Uint8Array, signer: Uint8Array = new Uint8Array(32)): Decoded {
  const decoded = decode(kind, bytes);
  const { claims, signingKeys, kemKeys } = kindOf(kind);
  if (!(signingKeys?.(decoded.value) ?? []).every((key) => isSigningKey(unhex(key)))) refuse('weak signing key');
  if (!(kemKeys?.(decoded.value) ?? []).every((key) => isKemKey(unhex(key)))) refuse('weak KEM key');
  for (const { purpose, key, bytes: message, signature } of claims?.(decoded, signer) ?? []) {
    if (!isSigned(purpose, key, message, signature)) refuse('signature');
  }
  return decoded;
}
