/** Random statements and records, for tests. */
import fc from 'fast-check';
import { type CaseId, toHex } from '@rogatory/kernel';
import * as p from '../index.js';
import {
  bytes,
  id,
  u32,
  u64,
  hash,
  blob,
  text,
  suite,
  time,
  logHead,
  directoryHead,
  carriedHead,
  chainHead,
  of,
  keys,
  type Kind,
  kind,
  signed,
} from './random-parts.js';

export const statementKinds: Kind[] = [
  signed('heartbeat', 'heartbeat', {
    values: fc.record(
      {
        deviceId: id<never>(),
        compartmentId: id<never>(32),
        chainHead,
        contentHead: logHead,
        directoryHead,
        auditHead: carriedHead,
        time,
      },
      { requiredKeys: ['deviceId', 'compartmentId', 'chainHead', 'contentHead', 'directoryHead', 'time'] },
    ),
    ...{ encode: p.encodeHeartbeat, decode: p.decodeSignedHeartbeat },
  }),
  signed('complaint', 'complaint', {
    values: fc.record({
      deviceId: id<never>(),
      compartmentId: id<never>(32),
      link: chainHead,
      epoch: u32,
      kind: fc.constantFrom(p.complaintKinds.doesNotOpen, p.complaintKinds.wrongKey),
      boxHash: hash,
      time,
    }),
    ...{ encode: p.encodeComplaint, decode: p.decodeSignedComplaint },
  }),
  signed('invitation', 'invitation', {
    values: fc.record({
      ...{
        invitationId: id<never>(),
        caseId: id<CaseId>(32),
        compartments: keys(1).map((list) => list.map((each) => toHex(each) as never)),
        sponsorDevice: id<never>(),
      },
      ...{
        target: fc.constant(p.invitationTargets.authority),
        targetId: id(),
        role: of(p.caseRoles),
        history: of(p.historyKinds),
        uses: fc.integer({ min: 1, max: 100 }),
        notAfterMs: u64,
        time,
      },
    }),
    ...{ encode: p.encodeInvitation, decode: p.decodeSignedInvitation },
  }),
  signed('acceptance', 'acceptance', {
    values: fc.record({
      invitationId: id<never>(),
      invitationHash: hash,
      personId: id<never>(),
      deviceId: id<never>(),
      time,
    }),
    ...{ encode: p.encodeAcceptance, decode: p.decodeSignedAcceptance },
  }),
  signed('login statement', 'statement', {
    values: fc.record({
      federationHash: hash,
      audience: fc.stringMatching(/^https?:\/\/[a-z0-9.:[\]-]{1,200}$/),
      deviceId: id<never>(),
      challenge: hash,
      time,
    }),
    ...{ encode: p.encodeLoginStatement, decode: p.decodeSignedLoginStatement },
  }),
  signed('act', 'act', {
    values: fc.record({
      ...{
        actId: id<never>(),
        deviceId: id<never>(),
        counter: u64,
        previousHash: hash,
        operation: fc.constantFrom(...(Object.keys(p.auditEvents) as p.AuditEventCode[])),
      },
      ...{
        caseId: hash,
        compartmentId: hash,
        objectId: bytes(16),
        version: u32,
        payloadHash: hash,
        whyCommit: hash,
        time,
      },
      ...{ zone: fc.stringMatching(/^[A-Za-z0-9_+/-]{1,64}$/), auditHead: logHead },
    }),
    ...{ encode: p.encodeAct, decode: p.decodeSignedAct },
  }),
  signed('receipt promise', 'promise', {
    values: fc.record({ logOrigin: text(), recordId: id<never>(), leafHash: hash, deadlineMs: u64 }),
    ...{ encode: p.encodeReceiptPromise, decode: p.decodeSignedReceiptPromise },
  }),
  kind(
    'reason',
    fc
      .oneof(
        fc.constant({ kemCiphertext: new Uint8Array(0), sealedText: new Uint8Array(0) }),
        fc.record({ kemCiphertext: bytes(1120), sealedText: fc.uint8Array({ minLength: 1, maxLength: 99 }) }),
      )
      .chain((sealed) =>
        fc.record({
          legalBasis: of(p.legalBases),
          instrument: text(),
          kemCiphertext: fc.constant(sealed.kemCiphertext),
          sealedText: fc.constant(sealed.sealedText),
        }),
      ),
    { encode: p.encodeWhy, decode: p.decodeWhy },
  ),
  kind(
    'key store file',
    fc.record({
      suite,
      passes: fc.integer({ min: 2, max: 16 }),
      memoryBytes: fc.integer({ min: 2 ** 16, max: 2 ** 20 }).map((kibibytes) => 1024 * kibibytes),
      salt: bytes(16),
      generation: u64,
      sealed: blob,
    }),
    { encode: p.encodeKeyStoreFile, decode: p.decodeKeyStoreFile },
  ),
];
