import {
  type AuthorityId,
  CodecError,
  compareBytes,
  type DeviceId,
  idBytes,
  idFromBytes,
  limits,
  type PersonId,
  type PostId,
} from '@rogatory/kernel';
import { ByteReader, ByteWriter, valuesOf } from './codec.js';
import { sizes, suites, type Suite } from './purposes.js';
import { type PostKind, postKinds } from './roles.js';
import { readTime, type SignedTime, writeTime } from './signed-time.js';

/** Who signed: a registrar's key of the authority, or a live device of the same person. */
export const signerKinds = { registrar: 1, device: 2 } as const;
export type SignerKind = (typeof signerKinds)[keyof typeof signerKinds];

export interface SignerSignature {
  readonly kind: SignerKind;
  /** 32-byte Ed25519 key of a registrar, or of the signing device. */
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
}

/**
 * A person in a post, with the highest roles they may hold in a case. A later certificate of the same person (serial one
 * higher) replaces the earlier one, so that a changed ceiling acts everywhere at once.
 */
export interface PersonCertificate {
  readonly suite: Suite;
  readonly authorityId: AuthorityId;
  readonly serial: number;
  readonly personId: PersonId;
  readonly postId: PostId;
  readonly postKind: PostKind;
  /** Mask of `1 << role` (roles.ts). */
  readonly roleCeiling: number;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** Hash of the person's card (names), which lies beside the log so that it can be erased. */
  readonly cardHash: Uint8Array;
  readonly time: SignedTime;
}

/**
 * A device of a person: signing key DSK and key-encapsulation key DKK. A later certificate of the same device (serial one
 * higher) prolongs it and changes nothing but its validity; new keys are a new device.
 */
export interface DeviceCertificate {
  readonly suite: Suite;
  readonly authorityId: AuthorityId;
  readonly serial: number;
  readonly personId: PersonId;
  readonly deviceId: DeviceId;
  readonly signingKey: Uint8Array;
  readonly kemKey: Uint8Array;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly time: SignedTime;
}

export interface SignedPersonCertificate {
  readonly certificate: PersonCertificate;
  readonly signedBytes: Uint8Array;
  readonly signatures: readonly SignerSignature[];
}

export interface SignedDeviceCertificate {
  readonly certificate: DeviceCertificate;
  readonly signedBytes: Uint8Array;
  /** By the device's own signing key over the same bytes, purpose proofOfPossession. */
  readonly proofOfPossession: Uint8Array;
  readonly signatures: readonly SignerSignature[];
}

const PERSON_MAGIC = 'RGC1';
const DEVICE_MAGIC = 'RGV1';
const MAX_SIGNERS = 16;
const ROLE_MASK = 0x3e;

export function encodePersonCertificate(certificate: PersonCertificate): Uint8Array {
  const writer = new ByteWriter().raw(new TextEncoder().encode(PERSON_MAGIC)).u16(certificate.suite);
  writer.fixed(idBytes(certificate.authorityId), 16).u32(certificate.serial);
  writer.fixed(idBytes(certificate.personId), 16).fixed(idBytes(certificate.postId), 16);
  writer.u8(certificate.postKind).u16(certificate.roleCeiling);
  writer.time(certificate.notBeforeMs).time(certificate.notAfterMs).fixed(certificate.cardHash, sizes.hash);
  writeTime(writer, certificate.time);
  return writer.finish();
}

export function encodeSignedPersonCertificate(signed: Omit<SignedPersonCertificate, 'certificate'>): Uint8Array {
  const writer = new ByteWriter().raw(signed.signedBytes);
  writeSigners(writer, signed.signatures);
  return writer.finish();
}

export function decodeSignedPersonCertificate(bytes: Uint8Array): SignedPersonCertificate {
  const reader = new ByteReader(bytes, limits.maxDirectoryEntryBytes).magic(PERSON_MAGIC);
  const certificate: PersonCertificate = {
    suite: reader.oneOf(reader.u16(), valuesOf(suites)),
    authorityId: idFromBytes<AuthorityId>(reader.fixed(16)),
    serial: reader.u32(),
    personId: idFromBytes<PersonId>(reader.fixed(16)),
    postId: idFromBytes<PostId>(reader.fixed(16)),
    postKind: reader.oneOf(reader.u8(), valuesOf(postKinds)),
    roleCeiling: reader.u16(),
    notBeforeMs: reader.time(),
    notAfterMs: reader.time(),
    cardHash: reader.fixed(sizes.hash),
    time: readTime(reader),
  };
  if ((certificate.roleCeiling & ~ROLE_MASK) !== 0) throw new CodecError('codec/flags', 'unknown role');
  checkPeriod(certificate);
  const signedBytes = reader.since(0);
  const signatures = readSigners(reader);
  reader.end();
  return { certificate, signedBytes, signatures };
}

export function encodeDeviceCertificate(certificate: DeviceCertificate): Uint8Array {
  const writer = new ByteWriter().raw(new TextEncoder().encode(DEVICE_MAGIC)).u16(certificate.suite);
  writer.fixed(idBytes(certificate.authorityId), 16).u32(certificate.serial);
  writer.fixed(idBytes(certificate.personId), 16).fixed(idBytes(certificate.deviceId), 16);
  writer.fixed(certificate.signingKey, sizes.signingKey).fixed(certificate.kemKey, sizes.kemPublicKey);
  writer.time(certificate.notBeforeMs).time(certificate.notAfterMs);
  writeTime(writer, certificate.time);
  return writer.finish();
}

export function encodeSignedDeviceCertificate(signed: Omit<SignedDeviceCertificate, 'certificate'>): Uint8Array {
  const writer = new ByteWriter().raw(signed.signedBytes).fixed(signed.proofOfPossession, sizes.signature);
  writeSigners(writer, signed.signatures);
  return writer.finish();
}

/** Reads the unsigned body alone, as it stands in an enrolment request. */
export function decodeDeviceCertificateBody(bytes: Uint8Array): DeviceCertificate {
  const reader = new ByteReader(bytes, limits.maxDirectoryEntryBytes);
  const certificate = readDeviceCertificate(reader);
  reader.end();
  return certificate;
}

export function decodeSignedDeviceCertificate(bytes: Uint8Array): SignedDeviceCertificate {
  const reader = new ByteReader(bytes, limits.maxDirectoryEntryBytes);
  const certificate = readDeviceCertificate(reader);
  const signedBytes = reader.since(0);
  const proofOfPossession = reader.fixed(sizes.signature);
  const signatures = readSigners(reader);
  reader.end();
  return { certificate, signedBytes, proofOfPossession, signatures };
}

function readDeviceCertificate(reader: ByteReader): DeviceCertificate {
  reader.magic(DEVICE_MAGIC);
  const certificate: DeviceCertificate = {
    suite: reader.oneOf(reader.u16(), valuesOf(suites)),
    authorityId: idFromBytes<AuthorityId>(reader.fixed(16)),
    serial: reader.u32(),
    personId: idFromBytes<PersonId>(reader.fixed(16)),
    deviceId: idFromBytes<DeviceId>(reader.fixed(16)),
    signingKey: reader.fixed(sizes.signingKey),
    kemKey: reader.fixed(sizes.kemPublicKey),
    notBeforeMs: reader.time(),
    notAfterMs: reader.time(),
    time: readTime(reader),
  };
  checkPeriod(certificate);
  return certificate;
}

/** SPEC: directory 5 and 6 — serials begin at 1, and a certificate lives at most thirteen months. */
function checkPeriod({ serial, notBeforeMs, notAfterMs }: PersonCertificate | DeviceCertificate): void {
  if (serial === 0) throw new CodecError('codec/range', 'serial out of range');
  if (notAfterMs <= notBeforeMs || notAfterMs - notBeforeMs > limits.maxCertificateMs) {
    throw new CodecError('codec/range', 'validity period out of range');
  }
}

/** The caller gives the signers in strictly ascending public keys, as readers demand. */
export function writeSigners(writer: ByteWriter, signers: readonly SignerSignature[]): void {
  writer.u8(signers.length);
  for (const { kind, publicKey, signature } of signers) {
    writer.u8(kind).fixed(publicKey, sizes.signingKey).fixed(signature, sizes.signature);
  }
}

export function readSigners(reader: ByteReader): SignerSignature[] {
  const count = reader.u8();
  if (count > MAX_SIGNERS) throw new CodecError('codec/range', 'too many signatures');
  const signers: SignerSignature[] = [];
  for (let i = 0; i < count; i++) {
    const signer = {
      kind: reader.oneOf(reader.u8(), valuesOf(signerKinds)),
      publicKey: reader.fixed(sizes.signingKey),
      signature: reader.fixed(sizes.signature),
    };
    const previous = signers[i - 1];
    // One key is one signer, whatever it signs as; thresholds count on it.
    if (previous && compareBytes(previous.publicKey, signer.publicKey) >= 0) {
      throw new CodecError('codec/order', 'signers not ascending');
    }
    signers.push(signer);
  }
  return signers;
}
