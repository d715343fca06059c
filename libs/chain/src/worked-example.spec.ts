import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  type AuthorityId,
  type CaseId,
  type CompartmentId,
  type DeviceId,
  type ObjectId,
  type PersonId,
  type PostId,
  Secret,
  toHex,
} from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import {
  authorityKinds,
  caseRoles,
  decodeSignedItem,
  decodeSignedLink,
  encodeItemHeader,
  encodeLink,
  encodeMember,
  encodeSignedItem,
  encodeSignedLink,
  historyKinds,
  itemClasses,
  itemSignedBytes,
  type Link,
  linkTypes,
  type Member,
  signaturePurposes,
} from '@rogatory/protocol';
import { contentLeaf, itemBodyHash, itemHash, linkContext, linkHash, memberLeaf } from './hashes.js';
import { MemberSet } from './member-set.js';

const bytes = (value: number, length = 32): Uint8Array => new Uint8Array(length).fill(value);
const id = <Id extends string>(value: number, length = 16): Id => toHex(bytes(value, length)) as Id;
const key = SigningKey.fromSeed(new Secret(bytes(0x2a)));

const leaf: Member = {
  deviceId: id<DeviceId>(0x10),
  personId: id<PersonId>(0x11),
  postId: id<PostId>(0x12),
  authorityId: id<AuthorityId>(0x13),
  state: 'AA',
  authorityKind: authorityKinds.prosecutionOffice,
  role: caseRoles.lead,
  history: { kind: historyKinds.all, fromEpoch: 1 },
  notAfterMs: 1_800_000_000_000,
  signingKey: key.publicKey,
  kemKeyHash: bytes(0x14),
  certificateHash: bytes(0x15),
};
const other: Member = { ...leaf, deviceId: id<DeviceId>(0x18), personId: id<PersonId>(0x19), role: caseRoles.reader };
const members = MemberSet.empty.with(leaf).with(other);
const directoryHead = { size: 9, root: bytes(0x23), timeMs: 1_795_000_000_000 };
const time = { timeMs: 1_795_000_001_000, offsetMinutes: 60 };

const link: Link = {
  type: linkTypes.leave,
  isBarrier: false,
  suite: 1,
  caseId: id<CaseId>(0x20, 32),
  compartmentId: id<CompartmentId>(0x20, 32),
  seq: 3,
  epoch: 2,
  baseEpoch: 2,
  previousLinkHash: bytes(0x21),
  rootHead: { seq: 0, linkHash: bytes(0) },
  directoryHead,
  logHead: { size: 5, root: bytes(0x24) },
  time,
  signerDevice: leaf.deviceId,
  body: { personId: leaf.personId },
  memberRoot: members.root(),
  boxRoot: bytes(0),
  keyCommit: bytes(0),
  readCommit: bytes(0),
  archive: new Uint8Array(0),
};

function documentText(name: string): string {
  const url = new URL(`../../../docs/spec/${name}`, import.meta.url);
  return readFileSync(url, 'utf8').replaceAll(/\s+/g, '');
}

describe('the worked examples of the specification', () => {
  it('chains: leaf, member root, link, its hashes and signature', () => {
    const { signedBytes, contextBytes } = encodeLink(link);
    const signed = encodeSignedLink({ signedBytes, signature: key.sign(signaturePurposes.link, signedBytes) });
    const text = documentText('chains.md');
    const example = {
      seed: bytes(0x2a),
      leaf: encodeMember(leaf),
      leafHash: memberLeaf(leaf),
      memberRoot: members.root(),
      link: signed,
      linkHash: linkHash(signedBytes),
      context: linkContext(contextBytes),
    };
    for (const [name, value] of Object.entries(example))
      expect([name, text.includes(toHex(value))]).toEqual([name, true]);
    expect(decodeSignedLink(signed).link).toEqual(link);
  });

  it('items: header, hashes, leaf and signature', () => {
    const sealed = bytes(0x30, 40);
    const headerBytes = encodeItemHeader({
      itemClass: itemClasses.message,
      suite: 1,
      caseId: link.caseId,
      compartmentId: link.compartmentId,
      objectId: id<ObjectId>(0x31),
      version: 1,
      epoch: 2,
      linkHash: bytes(0x32),
      authorityId: leaf.authorityId,
      senderDevice: leaf.deviceId,
      senderSeq: 7,
      voids: 1,
      previousSenderHash: bytes(0x33),
      directoryHead,
      logHead: { size: 6, root: bytes(0x34) },
      time,
      sealedLength: sealed.length,
    });
    const message = itemSignedBytes(headerBytes, itemBodyHash(sealed));
    const signed = encodeSignedItem({ headerBytes, sealed, signature: key.sign(signaturePurposes.item, message) });
    const text = documentText('items.md');
    const example = { item: signed, itemHash: itemHash(decodeSignedItem(signed)), leafHash: contentLeaf(signed) };
    for (const [name, value] of Object.entries(example))
      expect([name, text.includes(toHex(value))]).toEqual([name, true]);
  });
});
