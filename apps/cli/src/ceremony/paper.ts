import { concatBytes, equalBytes, toBase64, utf8 } from '@rogatory/kernel';
import type { SigningKey } from '@rogatory/crypto/sign';
import { hash, sha256, verifySignature } from '@rogatory/crypto/verify';
import { type Fingerprint, fingerprintOf, signDevice, signPerson, signRevocation } from '@rogatory/pki';
import {
  type AuthorityRecord,
  contexts,
  type DeviceCertificate,
  decodeDeviceCertificateBody,
  decodePersonCard,
  decodeSignedAuthorityRecord,
  decodeSignedFederationRoot,
  decodeSignedPersonCertificate,
  decodeSignedRevocation,
  encodeSignedAuthorityRecord,
  encodeSignedFederationRoot,
  encodeSignedPersonCertificate,
  encodeSignedRevocation,
  type FederationRoot,
  type PersonCard,
  type PersonCertificate,
  type Revocation,
  type SignaturePurpose,
  signaturePurposes,
  type SignerKind,
  signerKinds,
} from '@rogatory/protocol';
import { refusedError, verificationError } from '../run/cli.errors.js';

/** As what somebody signs: a holder of a root key, a registrar of the authority, a live device of the person. */
export const signerRoles = { root: 'root', registrar: 'registrar', device: 'device' } as const;
export type SignerRole = (typeof signerRoles)[keyof typeof signerRoles];

export interface PaperSignature {
  readonly role: SignerRole;
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
}

/** One statement that becomes one entry of the directory log once enough holders have signed it. */
export interface PaperPart {
  readonly kind: 'root' | 'authority' | 'person' | 'device' | 'revocation';
  /** What is signed. */
  readonly body: Uint8Array;
  /** Of a device: that it holds its key. */
  readonly proofOfPossession?: Uint8Array;
  readonly signatures: readonly PaperSignature[];
}

/** A file that goes from holder to holder: what they sign, in bytes and in words, and who has signed. */
export interface Paper {
  readonly parts: readonly PaperPart[];
  /** Names that a person certificate commits to. */
  readonly card?: Uint8Array;
  /** The device's own request; what the person at the device compares. */
  readonly request?: Uint8Array;
}

/** A part's body, decoded. */
export type PartContent =
  | { readonly kind: 'root'; readonly root: FederationRoot }
  | { readonly kind: 'authority'; readonly record: AuthorityRecord }
  | { readonly kind: 'person'; readonly certificate: PersonCertificate }
  | { readonly kind: 'device'; readonly certificate: DeviceCertificate }
  | { readonly kind: 'revocation'; readonly revocation: Revocation };

const purposes: Readonly<Record<PaperPart['kind'], SignaturePurpose>> = {
  root: signaturePurposes.root,
  authority: signaturePurposes.authority,
  person: signaturePurposes.personCertificate,
  device: signaturePurposes.deviceCertificate,
  revocation: signaturePurposes.revocation,
};

/** @throws CodecError when the body is not well-formed. */
export function contentOf({ kind, body }: PaperPart): PartContent {
  const unsigned = { signedBytes: body, signatures: [] };
  switch (kind) {
    case 'root': {
      const bytes = encodeSignedFederationRoot({ ...unsigned, previousSignatures: [] });
      return { kind, root: decodeSignedFederationRoot(bytes).root };
    }
    case 'authority':
      return { kind, record: decodeSignedAuthorityRecord(encodeSignedAuthorityRecord(unsigned)).record };
    case 'person':
      return { kind, certificate: decodeSignedPersonCertificate(encodeSignedPersonCertificate(unsigned)).certificate };
    case 'device':
      return { kind, certificate: decodeDeviceCertificateBody(body) };
    case 'revocation':
      return { kind, revocation: decodeSignedRevocation(encodeSignedRevocation(unsigned)).revocation };
  }
}

/** What every holder compares before signing: of everything that the paper says, and of nothing that signing adds. */
export function paperFingerprint(paper: Paper): Fingerprint {
  const bytes = paper.parts.flatMap(({ kind, body, proofOfPossession }) => [
    framed(utf8(kind)),
    framed(body),
    framed(proofOfPossession ?? new Uint8Array(0)),
  ]);
  const digest = sha256(...bytes, framed(paper.card ?? new Uint8Array(0)), framed(paper.request ?? new Uint8Array(0)));
  return fingerprintOf(hash(contexts.fingerprint, utf8('rogatory/paper/v1'), digest));
}

function framed(bytes: Uint8Array): Uint8Array {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length);
  return concatBytes(length, bytes);
}

export function cardOf(paper: Paper): PersonCard | undefined {
  return paper.card === undefined ? undefined : decodePersonCard(paper.card);
}

/**
 * The paper with one holder's signature under each part that the role may sign.
 * @throws RefusedError `cli/wrong-holder` when the role signs nothing here, or the key stands there already.
 */
export function signPaper(paper: Paper, role: SignerRole, key: SigningKey): Paper {
  const publicKey = key.publicKey;
  if (!paper.parts.some((part) => maySign(part, role))) throw refusedError('cli/wrong-holder', { role });
  if (paper.parts.some((part) => part.signatures.some((given) => equalBytes(given.publicKey, publicKey)))) {
    throw refusedError('cli/wrong-holder', { reason: 'this key has signed already' });
  }
  const parts = paper.parts.map((part) => {
    if (!maySign(part, role)) return part;
    const given: PaperSignature = { role, publicKey, signature: signatureUnder(part, role, key) };
    return { ...part, signatures: [...part.signatures, given] };
  });
  return { ...paper, parts };
}

function maySign({ kind }: PaperPart, role: SignerRole): boolean {
  if (kind === 'root' || kind === 'authority') return role === 'root';
  return role === 'registrar' || (role === 'device' && kind !== 'person');
}

function signatureUnder({ kind, body }: PaperPart, role: SignerRole, key: SigningKey): Uint8Array {
  const signerKind: SignerKind = role === 'device' ? signerKinds.device : signerKinds.registrar;
  switch (kind) {
    case 'root':
    case 'authority':
      return key.sign(purposes[kind], body);
    case 'person':
      return signPerson(body, signerKind, key).signature;
    case 'device':
      return signDevice(body, signerKind, key).signature;
    case 'revocation':
      return signRevocation(body, signerKind, key).signature;
  }
}

/** Every signature that stands there holds. @throws VerificationError `crypto/signature`, `cli/tampered`. */
export function verifyPaper(paper: Paper): void {
  for (const part of paper.parts) {
    for (const { role, publicKey, signature } of part.signatures) {
      if (!maySign(part, role)) throw verificationError('cli/tampered');
      verifySignature({ purpose: purposes[part.kind], publicKey, message: part.body, signature });
    }
    if (part.proofOfPossession !== undefined) verifyPossession(part);
  }
}

function verifyPossession(part: PaperPart): void {
  const content = contentOf(part);
  if (content.kind !== 'device') throw verificationError('cli/tampered');
  verifySignature({
    purpose: signaturePurposes.proofOfPossession,
    publicKey: content.certificate.signingKey,
    message: part.body,
    signature: part.proofOfPossession ?? new Uint8Array(0),
  });
}

/**
 * One paper of several copies that holders signed apart.
 * @throws VerificationError `cli/tampered` unless all say the same.
 */
export function mergePapers([first, ...rest]: readonly [Paper, ...Paper[]]): Paper {
  const words = paperFingerprint(first).digest;
  if (rest.some((copy) => !equalBytes(paperFingerprint(copy).digest, words))) throw verificationError('cli/tampered');
  const parts = first.parts.map((part, i) => {
    const byKey = new Map<string, PaperSignature>();
    for (const copy of [first, ...rest]) {
      for (const given of copy.parts[i]?.signatures ?? []) byKey.set(toBase64(given.publicKey), given);
    }
    return { ...part, signatures: [...byKey.values()] };
  });
  return { ...first, parts };
}
