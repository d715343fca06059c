/** Random objects of a case, for tests. */
import fc from 'fast-check';
import { type CaseId } from '@rogatory/kernel';
import * as p from '../index.js';
import {
  bytes,
  id,
  present,
  u8,
  u16,
  u32,
  u64,
  hash,
  signature,
  blob,
  text,
  suite,
  time,
  logHead,
  directoryHead,
  chainHead,
  of,
  type Kind,
  kind,
  signed,
} from './random-parts.js';

const member = fc.record({
  ...{
    deviceId: id<never>(),
    personId: id<never>(),
    postId: id<never>(),
    authorityId: id<never>(),
    state: fc.constantFrom('AA', 'EU', 'ZZ'),
  },
  ...{
    authorityKind: of(p.authorityKinds),
    role: of(p.caseRoles),
    history: fc.record({ kind: of(p.historyKinds), fromEpoch: u32 }),
  },
  ...{ notAfterMs: u64, signingKey: hash, kemKeyHash: hash, certificateHash: hash },
});
const taskFacts = fc.record(
  {
    ...{ action: of(p.taskActions), state: of(p.taskStates), previousHash: hash, owner: fc.constantFrom('FR', 'EU') },
    assignee: fc.record({ state: fc.constant('NL'), authorityId: id<never>(), postId: present<never>() }),
    due: fc.record({ timeMs: fc.integer({ min: 1, max: 2 ** 48 }), zone: fc.constantFrom('Etc/UTC', 'Europe/Paris') }),
    dependencies: fc
      .uniqueArray(id<never>(), { maxLength: 3 })
      .map((ids) => ids.toSorted((a: string, b: string) => (a < b ? -1 : 1))),
  },
  { requiredKeys: ['action', 'state', 'previousHash', 'owner', 'assignee', 'dependencies'] },
);
const anyOperation = { operationId: id<never>(), state: fc.constantFrom('FR', 'NL') };
const acted = { acted: time, isQueued: fc.boolean() };
const operationFacts = fc.oneof(
  fc.record({ act: fc.constant('finish' as const), ...anyOperation }),
  fc.record({ act: fc.constant('vote' as const), ...anyOperation, callHash: hash, vote: of(p.votes) }),
  fc.record({ act: fc.constant('entry' as const), ...anyOperation, ...acted }),
  fc.record({ act: fc.constant('hold' as const), ...anyOperation, ...acted, alertId: id<never>() }),
);
const { task: taskClass, operation: operationClass, ...otherClasses } = p.itemClasses;
const itemKind = fc.oneof(
  fc.record({ itemClass: of(otherClasses) }),
  fc.record({ itemClass: fc.constant(taskClass), task: taskFacts }),
  fc.record({ itemClass: fc.constant(operationClass), operation: operationFacts }),
);
const disclosed = fc.record({ objectId: id<never>(), version: u32, itemHash: hash });
const body = fc.record(
  {
    ...{
      members: fc.array(member, { maxLength: 3 }),
      devices: fc.array(id<never>(), { maxLength: 3 }),
      personId: id<never>(),
    },
    ...{
      role: of(p.caseRoles),
      compartmentId: id<never>(32),
      policy: fc.record({ headConfirmationMs: u64, rotateAfterMs: u64, minimumLeads: u8 }),
    },
    cause: fc.oneof(
      fc.record({ directoryIndex: u64 }),
      fc.record({ complaintHash: hash }),
      fc.record({ directoryIndex: u64, complaintHash: hash }),
    ),
    ...{
      disclosed: fc.array(disclosed, { maxLength: 3 }),
      epochs: fc.array(u32, { maxLength: 5 }),
      suite: u16,
      salt: hash,
    },
  },
  { requiredKeys: [] },
);
const link = fc.record({
  ...{
    type: of(p.linkTypes),
    isBarrier: fc.boolean(),
    suite,
    caseId: id<CaseId>(32),
    compartmentId: id<never>(32),
    seq: u64,
    epoch: u32,
    baseEpoch: u32,
  },
  ...{
    previousLinkHash: hash,
    rootHead: chainHead,
    directoryHead,
    logHead,
    time,
    signerDevice: id<never>(),
    body,
    memberRoot: hash,
  },
  ...{ boxRoot: hash, keyCommit: hash, readCommit: hash, archive: blob },
});

/** As good as random: half of them carry a head. */
const flagOf = (sealed: Uint8Array) => (sealed.length % 2 === 1 ? { carriesAuditHead: true as const } : {});

export const caseKinds: Kind[] = [
  signed('link', 'link', {
    values: link,
    encode: (value) => p.encodeLink(value as p.Link).signedBytes,
    decode: p.decodeSignedLink,
  }),
  kind('box', fc.record({ deviceId: id<never>(), prekeyHash: hash, kemCiphertext: bytes(1120), sealed: blob }), {
    encode: p.encodeBox,
    decode: p.decodeBox,
  }),
  kind(
    'key entries',
    fc.array(fc.record({ kind: of(p.keyKinds), epoch: u32, key: hash }), { minLength: 1, maxLength: 5 }),
    { encode: p.encodeKeyEntries, decode: p.decodeKeyEntries },
  ),
  kind(
    'item',
    fc
      .record({
        header: fc.record({
          ...{
            suite,
            caseId: id<CaseId>(32),
            compartmentId: id<never>(32),
            objectId: id<never>(),
            version: u32,
            epoch: u32,
          },
          ...{
            linkHash: hash,
            authorityId: id<never>(),
            senderDevice: id<never>(),
            senderSeq: u64,
            voids: u16,
            previousSenderHash: hash,
            directoryHead,
            logHead,
            time,
          },
        }),
        kind: itemKind,
        ...{ sealed: blob, signature },
      })
      .map(({ header, kind: itemKind, ...rest }) => ({
        ...rest,
        header: { ...itemKind, ...header, ...flagOf(rest.sealed), sealedLength: rest.sealed.length },
      })),
    {
      encode: (value) => p.encodeSignedItem({ ...value, headerBytes: p.encodeItemHeader(value.header) }),
      decode: (encoded) => {
        const { headerBytes: _, ...rest } = p.decodeSignedItem(encoded);
        return rest;
      },
    },
  ),
  kind(
    'message',
    fc.record(
      {
        threadId: id<never>(),
        replyTo: present<never>(),
        subject: text(),
        text: text(400),
        references: fc.array(disclosed, { maxLength: 3 }),
        wantsAcknowledgement: fc.boolean(),
      },
      { requiredKeys: ['threadId', 'subject', 'text', 'references', 'wantsAcknowledgement'] },
    ),
    { encode: (value) => p.encodeMessageContent(value as p.MessageContent), decode: p.decodeMessageContent },
  ),
  kind(
    'manifest',
    fc.record({
      ...{
        fileId: id<never>(),
        version: u32,
        trueSize: fc.nat({ max: 2 ** 31 - 1 }),
        segments: u32,
        root: hash,
        headerHash: hash,
        wrappedKey: blob,
        name: text(),
        mediaType: text(),
        plaintextHash: hash,
      },
      labels: fc.record({
        handling: fc.constantFrom(0, 1, 2, 3),
        sourceEvaluation: fc.nat({ max: 4 }),
        informationEvaluation: fc.nat({ max: 4 }),
      }),
    }),
    { encode: (value) => p.encodeDocumentManifest(value as p.DocumentManifest), decode: p.decodeDocumentManifest },
  ),
  kind('withdrawal', fc.record({ objectId: id<never>(), version: u32, reason: text() }), {
    encode: p.encodeWithdrawal,
    decode: p.decodeWithdrawal,
  }),
  kind('acknowledgement', fc.record({ objectId: id<never>(), itemHash: hash }), {
    encode: p.encodeAcknowledgement,
    decode: p.decodeAcknowledgement,
  }),
  kind('case information', fc.record({ title: text(), description: text() }), {
    encode: p.encodeCaseInfo,
    decode: p.decodeCaseInfo,
  }),
  kind('file header', fc.record({ fileId: id<never>(), salt: hash, commit: hash }), {
    encode: p.encodeFileHeader,
    decode: p.decodeFileHeader,
  }),
];
