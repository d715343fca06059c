/** Links, members, boxes and what boxes hold (docs/spec/chains.md, keys.md). Whole chains are in `history.json`. */
import { concatBytes } from '@rogatory/kernel';
import * as e2ee from '@rogatory/e2ee';
import { Secret } from '@rogatory/kernel';
import * as p from '@rogatory/protocol';
import { bytesOf, edit, filled, flip, id, key, longId, signAs, time } from './parts.mjs';

const { linkTypes: types } = p;
const signer = key('member/0');

const member = {
  ...{ deviceId: id('10'), personId: id('11'), postId: id('12'), authorityId: id('13'), state: 'AA' },
  ...{ authorityKind: 6, role: 5, history: { kind: 3, fromEpoch: 0xffffffff }, notAfterMs: Number.MAX_SAFE_INTEGER },
  ...{ signingKey: signer.publicKey, kemKeyHash: filled(0x14, 32), certificateHash: filled(0x15, 32) },
};

const frame = {
  ...{
    type: types.rotate,
    isBarrier: false,
    suite: 1,
    caseId: longId('20'),
    compartmentId: longId('2f'),
    seq: 9,
    epoch: 4,
  },
  ...{ baseEpoch: 3, previousLinkHash: filled(0x21, 32), rootHead: { seq: 12, linkHash: filled(0x22, 32) } },
  directoryHead: { size: 40, root: filled(0x23, 32), timeMs: time.timeMs },
  logHead: { size: 17, root: filled(0x24, 32) },
  ...{ time, signerDevice: id('10'), body: {}, memberRoot: filled(0x25, 32), boxRoot: filled(0x26, 32) },
  ...{ keyCommit: filled(0x27, 32), readCommit: filled(0x28, 32), archive: filled(0x29, 104) },
};
const quiet = {
  boxRoot: filled(0, 32),
  keyCommit: filled(0, 32),
  readCommit: filled(0, 32),
  archive: new Uint8Array(0),
  baseEpoch: 4,
};

/** @param {any} changes */
function link(changes = {}) {
  return signAs(signer, p.signaturePurposes.link, p.encodeLink({ ...frame, ...changes }).signedBytes);
}

const policy = { headConfirmationMs: 3_600_000, rotateAfterMs: 86_400_000, minimumLeads: 2 };
const everyField = {
  ...{
    members: [member, { ...member, deviceId: id('16') }],
    devices: [id('01'), id('ff')],
    personId: id('11'),
    role: 2,
  },
  ...{ compartmentId: longId('2e'), policy, cause: { directoryIndex: 38, complaintHash: filled(0x2a, 32) } },
  disclosed: [
    { objectId: id('2b'), version: 1, itemHash: filled(0x2c, 32) },
    { objectId: id('2b'), version: 2, itemHash: filled(0x2d, 32) },
  ],
  ...{ epochs: [1, 2, 3], suite: 3, salt: filled(0x2e, 32) },
};

const box = {
  ...{
    deviceId: id('10'),
    prekeyHash: bytesOf('prekey hash'),
    sealed: concatBytes(...[0, 1, 2].map((i) => bytesOf(`box ${i}`))),
  },
  kemCiphertext: concatBytes(...Array.from({ length: 35 }, (_, i) => bytesOf(`ciphertext ${i}`))),
};
const boxBytes = p.encodeBox(box);
const entries = [
  { kind: 1, epoch: 4, key: bytesOf('K4') },
  { kind: 2, epoch: 2, key: bytesOf('R2') },
];
const disclosedKeys = [1, 2].map((kind) => ({
  kind,
  itemHash: bytesOf('item'),
  messageKey: new Secret(bytesOf(`message key ${kind}`)),
}));

const key0 = signer.publicKey;
export const valid = [
  {
    kind: 'member',
    name: 'member',
    description: 'the highest number in every field',
    bytes: p.encodeMember(/** @type {any} */ (member)),
  },
  { kind: 'link', name: 'rotate', description: 'begins an epoch, with an archive', bytes: link(), signer: key0 },
  {
    kind: 'link',
    name: 'barrier',
    description: 'a rotation behind a barrier: no archive',
    bytes: link({ isBarrier: true, archive: new Uint8Array(0) }),
    signer: key0,
  },
  {
    kind: 'link',
    name: 'suite',
    description: 'raises the suite; the only type that no history holds yet',
    bytes: link({ ...quiet, type: types.suite, body: { suite: 2 } }),
    signer: key0,
  },
  {
    kind: 'link',
    name: 'every field',
    description: 'well-formed, though no type may carry all fields',
    bytes: link({ body: everyField }),
    signer: key0,
  },
  { kind: 'box', name: 'box', description: 'well-formed; the sealed part is any bytes', bytes: boxBytes },
  {
    kind: 'key-entries',
    name: 'two keys',
    description: 'one that walks back, one that opens its epoch alone',
    bytes: p.encodeKeyEntries(/** @type {any} */ (entries)),
  },
  {
    kind: 'disclosed-keys',
    name: 'item and file',
    description: 'message keys of an item and of its file key',
    bytes: e2ee.encodeDisclosedKeys(/** @type {any} */ (disclosedKeys)),
  },
];

const bodyAt = 4 + 1 + 1 + 2 + 32 + 32 + 8 + 4 + 4 + 32 + 40 + 48 + 40 + 10 + 16;
const plainLink = link();

/** A link whose body is these bytes. @param {Uint8Array} body */
function linkOfBody(body) {
  const before = p.encodeLink(/** @type {any} */ (frame)).signedBytes;
  const length = new p.ByteWriter().u32(body.length).finish();
  const signedBytes = concatBytes(before.slice(0, bodyAt), length, body, before.slice(bodyAt + 4));
  return signAs(signer, p.signaturePurposes.link, signedBytes);
}

/** @param {number} tag @param {Uint8Array} value */
const tlv = (tag, value) => new p.ByteWriter().u8(tag).bytes32(value).finish();
const person = filled(0x11, 16);

/** @param {string} kind @param {string} name @param {string} code @param {Uint8Array} bytes */
const refused = (kind, name, code, bytes) => ({
  ...{
    kind,
    name,
    family: code.startsWith('codec') ? 'codec' : 'verification',
    code,
    bytes,
    ...(kind === 'link' && { signer: key0 }),
  },
});

export const invalid = [
  refused('link', 'unknown type', 'codec/unknown-value', edit(plainLink, 4, 'replace', [16])),
  refused('link', 'type 0', 'codec/unknown-value', edit(plainLink, 4, 'replace', [0])),
  refused('link', 'unknown flag', 'codec/flags', edit(plainLink, 5, 'replace', [2])),
  refused('link', 'suite 3', 'codec/unknown-value', edit(plainLink, 6, 'replace', [0, 3])),
  refused('link', 'suite 2, reserved', 'crypto/suite', link({ suite: 2 })),
  refused('link', 'seq beyond 2^53 - 1', 'codec/range', edit(plainLink, 72, 'replace', [0x00, 0x20])),
  refused('link', 'body longer than the link', 'codec/truncated', edit(plainLink, bodyAt, 'replace', [0, 0, 4, 0])),
  refused('link', 'body longer than any link', 'codec/too-long', edit(plainLink, bodyAt, 'replace', [0, 0x20, 0, 1])),
  refused('link', 'archive of 257 bytes', 'codec/too-long', link({ archive: filled(1, 257) })),
  refused('link', 'field repeated', 'codec/tlv-order', linkOfBody(concatBytes(tlv(3, person), tlv(3, person)))),
  refused(
    'link',
    'fields not ascending',
    'codec/tlv-order',
    linkOfBody(concatBytes(tlv(5, Uint8Array.of(1)), tlv(3, person))),
  ),
  refused('link', 'tag 4, never used', 'codec/tlv-unknown', linkOfBody(tlv(4, person))),
  refused('link', 'tag 14', 'codec/tlv-unknown', linkOfBody(tlv(14, person))),
  refused('link', 'tag 0', 'codec/tlv-unknown', linkOfBody(tlv(0, person))),
  refused('link', 'field longer than its value', 'codec/trailing', linkOfBody(tlv(3, filled(0x11, 17)))),
  refused('link', 'field shorter than its value', 'codec/truncated', linkOfBody(tlv(3, filled(0x11, 15)))),
  refused('link', 'unknown role', 'codec/unknown-value', linkOfBody(tlv(5, Uint8Array.of(6)))),
  refused('link', 'more devices than a compartment has', 'codec/range', linkOfBody(tlv(2, Uint8Array.of(0x13, 0x89)))),
  refused(
    'link',
    'more disclosed items than a link names',
    'codec/range',
    linkOfBody(tlv(10, Uint8Array.of(0x03, 0xe9))),
  ),
  refused('link', 'more epochs than a link names', 'codec/range', linkOfBody(tlv(11, Uint8Array.of(0x27, 0x11)))),
  refused(
    'link',
    'signed for an item',
    'crypto/signature',
    signAs(signer, p.signaturePurposes.item, plainLink.slice(0, -64)),
  ),
  refused(
    'link',
    'signed without a purpose',
    'crypto/signature',
    concatBytes(plainLink.slice(0, -64), signer.signRaw(plainLink.slice(0, -64))),
  ),
  refused('link', 'signature changed', 'crypto/signature', flip(plainLink, plainLink.length - 64)),
  refused(
    'member',
    'state in digits',
    'codec/text',
    edit(p.encodeMember(/** @type {any} */ (member)), 64, 'replace', [0x31, 0x31]),
  ),
  refused(
    'member',
    'unknown role',
    'codec/unknown-value',
    edit(p.encodeMember(/** @type {any} */ (member)), 67, 'replace', [6]),
  ),
  refused(
    'member',
    'unknown kind of history',
    'codec/unknown-value',
    edit(p.encodeMember(/** @type {any} */ (member)), 68, 'replace', [0]),
  ),
  refused(
    'box',
    'sealed part longer than the box',
    'codec/truncated',
    edit(boxBytes, 16 + 32 + 1120, 'replace', [0, 0, 0, 97]),
  ),
  refused(
    'box',
    'longer than 65,536 bytes',
    'codec/too-long',
    p.encodeBox({ ...box, sealed: filled(1, 65_536 - 16 - 32 - 1120 - 3) }),
  ),
  refused('key-entries', 'no key', 'codec/range', Uint8Array.of(0, 0)),
  refused(
    'key-entries',
    '1,001 keys',
    'codec/range',
    p.encodeKeyEntries(Array.from({ length: 1_001 }, (_, i) => ({ kind: 1, epoch: i, key: filled(1, 32) }))),
  ),
  refused(
    'key-entries',
    'unknown kind',
    'codec/unknown-value',
    edit(p.encodeKeyEntries(/** @type {any} */ (entries)), 2, 'replace', [3]),
  ),
  refused('disclosed-keys', 'no key', 'codec/range', Uint8Array.of(0, 0)),
  refused(
    'disclosed-keys',
    'unknown kind',
    'codec/unknown-value',
    edit(e2ee.encodeDisclosedKeys(/** @type {any} */ (disclosedKeys)), 2, 'replace', [3]),
  ),
];
export const spec = ['chains.md', 'keys.md'];
