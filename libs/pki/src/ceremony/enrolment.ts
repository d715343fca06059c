import type { SigningKey } from '@rogatory/crypto/sign';
import { verifySignature } from '@rogatory/crypto/verify';
import {
  currentSuite,
  type DeviceCertificate,
  decodeEnrolmentRequest,
  decodeSignedDeviceCertificate,
  decodeSignedPersonCertificate,
  decodeSignedRevocation,
  type EnrolmentRequest,
  encodeDeviceCertificate,
  encodeEnrolmentRequest,
  encodePersonCertificate,
  encodeRevocation,
  encodeSignedDeviceCertificate,
  encodeSignedPersonCertificate,
  encodeSignedRevocation,
  type PersonCertificate,
  type Revocation,
  signaturePurposes,
  type SignerKind,
  type SignerSignature,
} from '@rogatory/protocol';
import { byPublicKey, signAll, signAs, type Signers } from './signatures.js';

/** The bytes that registrars sign to certify a person, for the first time or anew. */
export function draftPerson(certificate: Omit<PersonCertificate, 'suite'>): Uint8Array {
  return encodePersonCertificate({ ...certificate, suite: currentSuite });
}

export function signPerson(signedBytes: Uint8Array, kind: SignerKind, signer: SigningKey): SignerSignature {
  return signAs({ kind, purpose: signaturePurposes.personCertificate }, signedBytes, signer);
}

/** The log entry. @throws CodecError when draft or signatures are not well-formed. */
export function assemblePerson(signedBytes: Uint8Array, signatures: readonly SignerSignature[]): Uint8Array {
  const bytes = encodeSignedPersonCertificate({ signedBytes, signatures: byPublicKey(signatures) });
  decodeSignedPersonCertificate(bytes);
  return bytes;
}

/** A person certificate signed in one place. */
export function makePerson(
  certificate: Omit<PersonCertificate, 'suite'>,
  registrars: readonly SigningKey[],
): Uint8Array {
  const signedBytes = draftPerson(certificate);
  return assemblePerson(signedBytes, signAll(signaturePurposes.personCertificate, signedBytes, { registrars }));
}

/** What a new device shows: its wish, the proof that it holds the key, and (for a new person) the card. */
export function makeEnrolmentRequest(
  certificate: Omit<DeviceCertificate, 'suite' | 'serial' | 'signingKey'>,
  deviceKey: SigningKey,
  cardBytes: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const signingKey = deviceKey.publicKey;
  const certificateBytes = encodeDeviceCertificate({ ...certificate, suite: currentSuite, serial: 1, signingKey });
  const proofOfPossession = deviceKey.sign(signaturePurposes.proofOfPossession, certificateBytes);
  const bytes = encodeEnrolmentRequest({ certificateBytes, proofOfPossession, cardBytes });
  decodeEnrolmentRequest(bytes);
  return bytes;
}

/**
 * Reads a request and checks that whoever made it holds the signing key. Compare `enrolmentFingerprint` with the person
 * before signing. @throws CodecError, VerificationError `crypto/signature`.
 */
export function openEnrolmentRequest(bytes: Uint8Array): EnrolmentRequest {
  const request = decodeEnrolmentRequest(bytes);
  verifySignature({
    purpose: signaturePurposes.proofOfPossession,
    publicKey: request.certificate.signingKey,
    message: request.certificateBytes,
    signature: request.proofOfPossession,
  });
  return request;
}

/** A registrar's, or a live device's, signature under a device certificate. */
export function signDevice(certificateBytes: Uint8Array, kind: SignerKind, signer: SigningKey): SignerSignature {
  return signAs({ kind, purpose: signaturePurposes.deviceCertificate }, certificateBytes, signer);
}

/** The log entry. @throws CodecError when parts are not well-formed. */
export function assembleDevice(
  request: Pick<EnrolmentRequest, 'certificateBytes' | 'proofOfPossession'>,
  signatures: readonly SignerSignature[],
): Uint8Array {
  const bytes = encodeSignedDeviceCertificate({
    signedBytes: request.certificateBytes,
    proofOfPossession: request.proofOfPossession,
    signatures: byPublicKey(signatures),
  });
  decodeSignedDeviceCertificate(bytes);
  return bytes;
}

/** A device certificate from a request, signed in one place. */
export function makeDevice(requestBytes: Uint8Array, signers: Signers): Uint8Array {
  const request = openEnrolmentRequest(requestBytes);
  return assembleDevice(request, signAll(signaturePurposes.deviceCertificate, request.certificateBytes, signers));
}

/** The wish to prolong one's device: the certificate in force with the next serial and a new period. */
export function draftRenewal(
  certificate: DeviceCertificate,
  validity: Pick<DeviceCertificate, 'notBeforeMs' | 'notAfterMs' | 'time'>,
  deviceKey: SigningKey,
): Pick<EnrolmentRequest, 'certificateBytes' | 'proofOfPossession'> {
  const next = { ...certificate, ...validity, serial: certificate.serial + 1 };
  const certificateBytes = encodeDeviceCertificate(next);
  return {
    certificateBytes,
    proofOfPossession: deviceKey.sign(signaturePurposes.proofOfPossession, certificateBytes),
  };
}

/** The bytes that are signed to suspend, revoke or reinstate. */
export function draftRevocation(revocation: Omit<Revocation, 'suite'>): Uint8Array {
  return encodeRevocation({ ...revocation, suite: currentSuite });
}

export function signRevocation(signedBytes: Uint8Array, kind: SignerKind, signer: SigningKey): SignerSignature {
  return signAs({ kind, purpose: signaturePurposes.revocation }, signedBytes, signer);
}

/** The log entry. @throws CodecError when draft or signatures are not well-formed. */
export function assembleRevocation(signedBytes: Uint8Array, signatures: readonly SignerSignature[]): Uint8Array {
  const bytes = encodeSignedRevocation({ signedBytes, signatures: byPublicKey(signatures) });
  decodeSignedRevocation(bytes);
  return bytes;
}

/** A revocation, suspension or reinstatement signed in one place. */
export function makeRevocation(revocation: Omit<Revocation, 'suite'>, signers: Signers): Uint8Array {
  const signedBytes = draftRevocation(revocation);
  return assembleRevocation(signedBytes, signAll(signaturePurposes.revocation, signedBytes, signers));
}
