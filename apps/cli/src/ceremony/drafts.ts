import type { SigningKey } from '@rogatory/crypto/sign';
import {
  type AuthorityId,
  type DeviceId,
  idFromBytes,
  limits,
  type PersonId,
  type PostId,
  type RandomBytes,
  SHORT_ID_BYTES,
} from '@rogatory/kernel';
import {
  cardHashOf,
  type DirectoryView,
  draftAuthority,
  draftPerson,
  draftRenewal,
  draftRevocation,
  draftRoot,
  highestCeiling,
  openEnrolmentRequest,
} from '@rogatory/pki';
import {
  type AuthorityRecord,
  encodePersonCard,
  type PostKind,
  type Revocation,
  type SignedFederationRoot,
  type SignedTime,
} from '@rogatory/protocol';
import { refusedError } from '../run/cli.errors.js';
import { type Paper, signPaper } from './paper.js';

/** The first root file, or its successor. */
export function rootPaper(parameters: {
  readonly keys: readonly Uint8Array[];
  readonly threshold: number;
  readonly time: SignedTime;
  readonly previous?: SignedFederationRoot;
}): Paper {
  return { parts: [{ kind: 'root', body: draftRoot(parameters).signedBytes, signatures: [] }] };
}

export function authorityPaper(record: Omit<AuthorityRecord, 'suite'>): Paper {
  return { parts: [{ kind: 'authority', body: draftAuthority(record), signatures: [] }] };
}

export interface Certification {
  readonly requestBytes: Uint8Array;
  readonly postKind: PostKind;
  /** Undefined for a post that nobody held before. */
  readonly postId?: PostId;
  /** All that the post may hold, unless narrower. */
  readonly roleCeiling?: number;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly time: SignedTime;
  readonly random: RandomBytes;
}

/**
 * What registrars sign for a person whom they do not know yet: the person certificate, then the first device.
 * @throws CodecError, VerificationError `crypto/signature` for a request without the key; RefusedError for one without names.
 */
export function newPersonPaper(wish: Certification): Paper {
  const request = openEnrolmentRequest(wish.requestBytes);
  if (request.card === undefined)
    throw refusedError('cli/signatures-missing', { reason: 'the request carries no names' });
  const card = encodePersonCard(request.card);
  const { authorityId, personId } = request.certificate;
  const body = draftPerson({
    authorityId,
    serial: 1,
    personId,
    postId: wish.postId ?? newId<PostId>(wish.random),
    postKind: wish.postKind,
    roleCeiling: wish.roleCeiling ?? highestCeiling(wish.postKind),
    notBeforeMs: wish.notBeforeMs,
    notAfterMs: wish.notAfterMs,
    cardHash: cardHashOf(card),
    time: wish.time,
  });
  return { ...devicePaper(wish.requestBytes, [{ kind: 'person', body, signatures: [] }]), card };
}

/** What is signed for a device of a person whom the directory knows. */
export function devicePaper(requestBytes: Uint8Array, before: Paper['parts'] = []): Paper {
  const { certificateBytes, proofOfPossession } = openEnrolmentRequest(requestBytes);
  const device = { kind: 'device', body: certificateBytes, proofOfPossession, signatures: [] } as const;
  return { parts: [...before, device], request: requestBytes };
}

/** The person certificate in force with the next serial and a new period. @throws RefusedError for a stranger. */
export function prolongedPersonPaper(
  view: DirectoryView,
  personId: PersonId,
  period: { readonly notBeforeMs: number; readonly notAfterMs: number; readonly time: SignedTime },
): Paper {
  const certificate = view.person(personId)?.certificate;
  if (certificate === undefined) throw refusedError('cli/wrong-holder', { reason: 'no such person in the directory' });
  const body = draftPerson({ ...certificate, ...period, serial: certificate.serial + 1 });
  return { parts: [{ kind: 'person', body, signatures: [] }] };
}

/**
 * The certificate in force of a device with the next serial and a new period, signed by that device: what a registrar
 * signs too. @throws RefusedError for a device that the directory does not know.
 */
export function prolongedDevicePaper(
  view: DirectoryView,
  device: { readonly deviceId: DeviceId; readonly signing: SigningKey },
  period: { readonly notBeforeMs: number; readonly notAfterMs: number; readonly time: SignedTime },
): Paper {
  const certificate = view.device(device.deviceId)?.certificate;
  if (certificate === undefined) throw refusedError('cli/wrong-holder', { reason: 'no such device in the directory' });
  const { certificateBytes, proofOfPossession } = draftRenewal(certificate, period, device.signing);
  const part = { kind: 'device', body: certificateBytes, proofOfPossession, signatures: [] } as const;
  return signPaper({ parts: [part] }, 'device', device.signing);
}

/** The next statement about the standing of a device or person. */
export function revocationPaper(
  view: DirectoryView,
  wish: Pick<Revocation, 'target' | 'targetId' | 'action' | 'reason' | 'time'> & { readonly authorityId: AuthorityId },
): Paper {
  const serial = view.standing(wish.target, wish.targetId).serial + 1;
  return { parts: [{ kind: 'revocation', body: draftRevocation({ ...wish, serial }), signatures: [] }] };
}

export function newId<Id extends string>(random: RandomBytes): Id {
  return idFromBytes<Id>(random(SHORT_ID_BYTES));
}

/** The time of a statement by this machine's clock and zone. */
export function signedTime(nowMs: number): SignedTime {
  return { timeMs: nowMs, offsetMinutes: -new Date(nowMs).getTimezoneOffset() };
}

/** From now, a little early against clocks that are behind, for as long as a certificate may live. */
export function fullPeriod(nowMs: number): { readonly notBeforeMs: number; readonly notAfterMs: number } {
  const notBeforeMs = nowMs - limits.maxClockSkewMs;
  return { notBeforeMs, notAfterMs: notBeforeMs + limits.maxCertificateMs };
}
