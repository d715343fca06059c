/** Random objects of the directory, for tests. */
import fc from 'fast-check';
import { limits } from '@rogatory/kernel';
import * as p from '../index.js';
import {
  bytes,
  id,
  u32,
  serial,
  hash,
  signature,
  text,
  suite,
  time,
  of,
  period,
  keys,
  signers,
  indexed,
  type Kind,
  kind,
  signed,
  omit,
} from './random-parts.js';

export const directoryKinds: Kind[] = [
  kind(
    'root file',
    fc
      .record({
        keys: keys(2),
        suite,
        version: serial,
        previousHash: hash,
        time,
        signatures: indexed,
        previousSignatures: indexed,
      })
      .map(({ signatures, previousSignatures, ...root }) => ({
        ...{ root: { ...root, threshold: 2 }, signatures, previousSignatures },
      })),
    {
      encode: (value) => p.encodeSignedFederationRoot({ ...value, signedBytes: p.encodeFederationRoot(value.root) }),
      decode: (encoded) => omit(p.decodeSignedFederationRoot(encoded)),
    },
  ),
  kind(
    'authority record',
    fc.record({
      record: fc.record({
        ...{
          suite,
          authorityId: id<never>(),
          serial,
          state: fc.constant('AA'),
          kind: of(p.authorityKinds),
          isCentralAuthority: fc.boolean(),
        },
        ...{
          isDemo: fc.boolean(),
          isSuspended: fc.boolean(),
          name: text().filter((each) => each.length > 0),
          territory: fc.constant('Exampleland'),
        },
        ...{
          languages: fc.uniqueArray(fc.stringMatching(/^[A-Za-z0-9-]{2,35}$/), { maxLength: 4 }),
          instruments: fc.constant(['EIO']),
        },
        ...{
          registrarThreshold: fc.constant(2),
          registrarKeys: keys(2),
          oversightAuthorityId: id<never>(),
          oversightKemKey: bytes(1216),
          time,
        },
      }),
      signatures: indexed,
    }),
    {
      encode: (value) =>
        p.encodeSignedAuthorityRecord({ ...value, signedBytes: p.encodeAuthorityRecord(value.record) }),
      decode: (encoded) => omit(p.decodeSignedAuthorityRecord(encoded)),
    },
  ),
  kind(
    'person certificate',
    fc.record({
      certificate: fc
        .tuple(
          fc.record({
            suite,
            authorityId: id<never>(),
            serial,
            personId: id<never>(),
            postId: id<never>(),
            postKind: of(p.postKinds),
            roleCeiling: fc.nat({ max: 31 }).map((mask) => mask << 1),
            cardHash: hash,
            time,
          }),
          period(limits.maxCertificateMs),
        )
        .map(([certificate, validity]) => ({ ...certificate, ...validity })),
      signatures: signers,
    }),
    {
      encode: (value) =>
        p.encodeSignedPersonCertificate({ ...value, signedBytes: p.encodePersonCertificate(value.certificate) }),
      decode: (encoded) => omit(p.decodeSignedPersonCertificate(encoded)),
    },
  ),
  kind(
    'device certificate',
    fc.record({
      certificate: fc
        .tuple(
          fc.record({
            suite,
            authorityId: id<never>(),
            serial,
            personId: id<never>(),
            deviceId: id<never>(),
            signingKey: hash,
            kemKey: bytes(1216),
            time,
          }),
          period(limits.maxCertificateMs),
        )
        .map(([certificate, validity]) => ({ ...certificate, ...validity })),
      ...{ proofOfPossession: signature, signatures: signers },
    }),
    {
      encode: (value) =>
        p.encodeSignedDeviceCertificate({ ...value, signedBytes: p.encodeDeviceCertificate(value.certificate) }),
      decode: (encoded) => omit(p.decodeSignedDeviceCertificate(encoded)),
    },
  ),
  kind(
    'revocation',
    fc.record({
      revocation: fc.record({
        suite,
        authorityId: id<never>(),
        serial,
        target: of(p.revocationTargets),
        targetId: id(),
        action: of(p.revocationActions),
        reason: of(p.revocationReasons),
        time,
      }),
      signatures: signers,
    }),
    {
      encode: (value) => p.encodeSignedRevocation({ ...value, signedBytes: p.encodeRevocation(value.revocation) }),
      decode: (encoded) => omit(p.decodeSignedRevocation(encoded)),
    },
  ),
  kind('card', fc.record({ salt: hash, personName: text(), postName: text() }), {
    encode: p.encodePersonCard,
    decode: p.decodePersonCard,
  }),
  signed('prekey', 'prekey', {
    values: fc
      .tuple(
        fc.record({ suite, deviceId: id<never>(), prekeyId: u32, kemKey: bytes(1216) }),
        period(limits.maxPrekeyMs),
      )
      .map(([prekey, validity]) => ({ ...prekey, ...validity })),
    ...{ encode: p.encodePrekey, decode: p.decodeSignedPrekey },
  }),
];
