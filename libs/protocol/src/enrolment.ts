import { CodecError, limits } from '@rogatory/kernel';
import { decodePersonCard, type PersonCard } from './card.js';
import { type DeviceCertificate, decodeDeviceCertificateBody } from './certificates.js';
import { ByteReader, ByteWriter } from './codec.js';
import { sizes } from './purposes.js';

/**
 * What a new device shows to whoever is to sign for it: the certificate body it wants, its proof that it holds the signing
 * key, and the names of its person where the registrars do not know them yet. Its fingerprint is compared by voice.
 */
export interface EnrolmentRequest {
  readonly certificate: DeviceCertificate;
  /** Bytes of the body; registrars and devices sign exactly these. */
  readonly certificateBytes: Uint8Array;
  /** By the device's signing key over `certificateBytes`, purpose proofOfPossession. */
  readonly proofOfPossession: Uint8Array;
  readonly card: PersonCard | undefined;
}

const MAGIC = 'RGE1';

export function encodeEnrolmentRequest(request: {
  readonly certificateBytes: Uint8Array;
  readonly proofOfPossession: Uint8Array;
  /** Encoded card, or no bytes. */
  readonly cardBytes: Uint8Array;
}): Uint8Array {
  return new ByteWriter()
    .raw(new TextEncoder().encode(MAGIC))
    .bytes16(request.certificateBytes)
    .fixed(request.proofOfPossession, sizes.signature)
    .bytes16(request.cardBytes)
    .finish();
}

/** @throws CodecError on malformed or oversize bytes. Signatures are not checked here. */
export function decodeEnrolmentRequest(bytes: Uint8Array): EnrolmentRequest {
  const reader = new ByteReader(bytes, limits.maxDirectoryEntryBytes).magic(MAGIC);
  const certificateBytes = reader.bytes16();
  const certificate = decodeDeviceCertificateBody(certificateBytes);
  const proofOfPossession = reader.fixed(sizes.signature);
  const cardBytes = reader.bytes16();
  reader.end();
  if (certificate.serial !== 1) throw new CodecError('codec/range', 'an enrolment asks for a first certificate');
  const card = cardBytes.length === 0 ? undefined : decodePersonCard(cardBytes);
  return { certificate, certificateBytes, proofOfPossession, card };
}
