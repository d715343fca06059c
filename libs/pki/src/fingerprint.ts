import { compareBytes, concatBytes, idBytes, type PersonId } from '@rogatory/kernel';
import { hash } from '@rogatory/crypto/verify';
import { contexts, decodeEnrolmentRequest } from '@rogatory/protocol';
import type { DirectoryView } from './directory-view.js';
import { demand } from './pki.errors.js';
import { words } from './word-list.js';

const WORD_BITS = 11;
/** SPEC: directory 10 — at least ten words, 110 bits, so that nobody finds a second text for a chosen fingerprint. */
const WORD_COUNT = 10;
const DIGIT_GROUPS = 7;
const DIGITS_PER_GROUP = 5;
/** The list's words differ in their first four letters, so that is how much a person has to type. */
const DISTINCT_LETTERS = 4;

/** A digest that people compare, in the two forms in which they do. */
export interface Fingerprint {
  /** 32 bytes. */
  readonly digest: Uint8Array;
  /** Ten words for the first 110 bits. */
  readonly words: readonly string[];
  /** Seven groups of five digits for the first 128 bits, where words are of no use. */
  readonly digits: readonly string[];
}

/** Both forms of a 32-byte digest. */
export function fingerprintOf(digest: Uint8Array): Fingerprint {
  return { digest: digest.slice(), words: fingerprintWords(digest), digits: fingerprintDigits(digest) };
}

/** Ten words of the list for the first 110 bits of a digest of at least 14 bytes. */
export function fingerprintWords(digest: Uint8Array): string[] {
  const bits = bigEndian(digest.subarray(0, 14)) >> 2n;
  return Array.from({ length: WORD_COUNT }, (_, place) => {
    const shift = BigInt(WORD_BITS * (WORD_COUNT - 1 - place));
    return words[Number((bits >> shift) & 0x7ffn)] as string;
  });
}

/** Seven groups of five digits: the first 128 bits of the digest modulo 10^35. */
export function fingerprintDigits(digest: Uint8Array): string[] {
  const length = DIGIT_GROUPS * DIGITS_PER_GROUP;
  const text = (bigEndian(digest.subarray(0, 16)) % 10n ** BigInt(length)).toString().padStart(length, '0');
  return Array.from({ length: DIGIT_GROUPS }, (_, i) => text.slice(DIGITS_PER_GROUP * i, DIGITS_PER_GROUP * (i + 1)));
}

function bigEndian(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/**
 * Whether a typed or dictated text is this digest's whole fingerprint, in words (their first four letters suffice) or
 * digits, whatever the case, spaces and hyphens. A part of a fingerprint never matches.
 */
export function matchesFingerprint(digest: Uint8Array, typed: string): boolean {
  const parts = typed
    .toLowerCase()
    .split(/[\s,-]+/)
    .filter((part) => part.length > 0);
  if (/^[0-9]+$/.test(parts.join(''))) return parts.join('') === fingerprintDigits(digest).join('');
  const expected = fingerprintWords(digest);
  return parts.length === expected.length && parts.every((part, i) => isWord(expected[i] as string, part));
}

function isWord(expected: string, typed: string): boolean {
  return typed === expected || (typed.length >= DISTINCT_LETTERS && expected.startsWith(typed));
}

/**
 * Fingerprint of a person: of their id and the keys of all devices that are not revoked. It changes when a device is
 * enrolled or revoked and at no other time. @throws VerificationError `directory/unknown-person`.
 */
export function personFingerprint(view: DirectoryView, personId: PersonId): Fingerprint {
  demand(view.person(personId) !== undefined, 'directory/unknown-person');
  const leaves = view
    .devicesOf(personId)
    .filter(({ deviceId }) => view.deviceStanding(deviceId).status !== 'revoked')
    .map(({ deviceId, certificate, kemKeyHash }) => concatBytes(idBytes(deviceId), certificate.signingKey, kemKeyHash))
    .sort(compareBytes);
  return fingerprintOf(hash(contexts.fingerprint, idBytes(personId), ...leaves));
}

/**
 * What a new device shows and whoever signs for it compares: of the whole enrolment request, names included.
 * @throws CodecError for bytes that are no enrolment request.
 */
export function enrolmentFingerprint(requestBytes: Uint8Array): Fingerprint {
  decodeEnrolmentRequest(requestBytes);
  return fingerprintOf(hash(contexts.enrolment, requestBytes));
}

/** What the holders of root keys compare, and what clients pin. */
export function rootFingerprint(rootHash: Uint8Array): Fingerprint {
  return fingerprintOf(hash(contexts.fingerprint, rootHash));
}

/** What members of a case compare: `caseId` has 32 bytes, so that it is never taken for a person's. */
export function caseFingerprint(caseId: Uint8Array): Fingerprint {
  return fingerprintOf(hash(contexts.caseFingerprint, caseId));
}
