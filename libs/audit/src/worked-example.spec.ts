import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  type ActId,
  type AuthorityId,
  type CaseId,
  type CompartmentId,
  type DeviceId,
  type ObjectId,
  parseUtf8,
  type PersonId,
  type PostId,
  Secret,
  toBase64Url,
  toHex,
} from '@rogatory/kernel';
import { actHash, actPayloadHash, commitGroup, verifyActSignature, whyCommitment } from '@rogatory/crypto/verify';
import { SigningKey } from '@rogatory/crypto/sign';
import { leafHash } from '@rogatory/tlog';
import {
  auditActorKinds,
  type AuditGroup,
  auditObjectKinds,
  decodeSignedAct,
  encodeAct,
  encodeAuditLeaf,
  encodeAuditSource,
  encodeAuditWhat,
  encodeAuditWho,
  encodeReceiptPromise,
  encodeSignedAct,
  encodeWhy,
  legalBases,
  signaturePurposes,
} from '@rogatory/protocol';

/** Documents wrap long values; a value is there when it is there without the breaks. */
const textOf = (name: string) =>
  readFileSync(new URL(`../../../docs/spec/${name}`, import.meta.url), 'utf8').replaceAll(/\s+/g, '');

const ids = {
  act: '0192f0c1a2b37c4d8e5f60718293a4b5' as ActId,
  device: 'd1'.repeat(16) as DeviceId,
  person: 'e1'.repeat(16) as PersonId,
  post: 'b1'.repeat(16) as PostId,
  authority: 'a1'.repeat(16) as AuthorityId,
  case: 'ca'.repeat(32) as CaseId,
  compartment: 'c0'.repeat(32) as CompartmentId,
  object: '0b'.repeat(16) as ObjectId,
};
const filled = (byte: number, length = 32) => new Uint8Array(length).fill(byte);
const none = new Uint8Array(0);
const key = SigningKey.fromSeed(new Secret(filled(0x11)));
const timeMs = 1_795_435_200_000;

const why = encodeWhy({
  ...{ legalBasis: legalBases.jointInvestigationTeam, instrument: 'JIT/2026/7' },
  ...{ kemCiphertext: none, sealedText: none },
});
const whyCommit = whyCommitment(filled(0x22), why);
const statement = encodeAct({
  ...{ actId: ids.act, deviceId: ids.device, counter: 1, previousHash: filled(0), operation: 'doc.read', version: 1 },
  ...{ caseId: filled(0xca), compartmentId: filled(0xc0), objectId: filled(0x0b, 16) },
  payloadHash: actPayloadHash([Uint8Array.of(1, 2, 3), Uint8Array.of(4)]),
  whyCommit,
  time: { timeMs, offsetMinutes: 60 },
  zone: 'Europe/Paris',
  auditHead: { size: 0, root: filled(0) },
});
const signature = key.sign(signaturePurposes.auditAct, statement);
const signedAct = encodeSignedAct({ signedBytes: statement, signature });

const groups: { readonly [Group in AuditGroup]: { readonly opening: Uint8Array; readonly bytes: Uint8Array } } = {
  who: {
    opening: filled(0x31),
    bytes: encodeAuditWho({
      ...{ kind: auditActorKinds.device, deviceId: ids.device, personId: ids.person, postId: ids.post },
      ...{ authorityId: ids.authority, state: 'FR', sessionHash: filled(0x5e), caseRole: 2 },
    }),
  },
  what: {
    opening: filled(0x32),
    bytes: encodeAuditWhat({
      ...{ caseId: ids.case, compartmentId: ids.compartment, ownerAuthorityId: ids.authority, version: 1 },
      ...{ objectKind: auditObjectKinds.item, objectId: ids.object, bytes: 0, count: 1, recipients: [], detail: '' },
    }),
  },
  why: { opening: filled(0x22), bytes: why },
  src: {
    opening: filled(0x33),
    bytes: encodeAuditSource({ address: '192.0.2.7', client: 'rogatory/0.1.0', requestId: 'r-1' }),
  },
  act: { opening: filled(0x34), bytes: signedAct },
};
const com = Object.fromEntries(
  Object.entries(groups).map(([label, group]) => [label, toBase64Url(commitGroup({ label, ...group }))]),
);
const leaf = encodeAuditLeaf({
  ...{ v: 1, id: ids.act, t: timeMs, cls: 'consultation', ev: 'doc.read', out: 'allowed', rc: 'ok', ms: 'FR', com },
});
const promise = encodeReceiptPromise({
  ...{ logOrigin: 'rogatory.example/audit/log/2026h2', recordId: ids.act, leafHash: leafHash(leaf) },
  deadlineMs: timeMs + 10_000,
});

describe('worked example of the specification', () => {
  const example: readonly (readonly [document: string, name: string, value: string])[] = [
    ['acts.md', 'device key', toHex(key.publicKey)],
    ['acts.md', 'why', toHex(why)],
    ['acts.md', 'why commitment', toHex(whyCommit)],
    ['acts.md', 'payload hash', toHex(actPayloadHash([Uint8Array.of(1, 2, 3), Uint8Array.of(4)]))],
    ['acts.md', 'statement', toHex(statement)],
    ['acts.md', 'signature', toHex(signature)],
    ['acts.md', 'hash of the statement', toHex(actHash(statement))],
    ['audit.md', 'who', toHex(groups.who.bytes)],
    ['audit.md', 'what', toHex(groups.what.bytes)],
    ['audit.md', 'src', toHex(groups.src.bytes)],
    ['audit.md', 'leaf', parseUtf8(leaf)],
    ['audit.md', 'leaf hash', toHex(leafHash(leaf))],
    ['audit.md', 'promise', toHex(promise)],
  ];

  it.each(example)('%s gives the %s that the code makes', (document, _name, value) => {
    expect(textOf(document)).toContain(value.replaceAll(/\s+/g, ''));
  });

  it('verifies', () => {
    expect(() => verifyActSignature(decodeSignedAct(signedAct), key.publicKey)).not.toThrow();
    expect(com['why']).toBe(toBase64Url(whyCommit));
  });
});
