import { limits, toBase64 } from '@rogatory/kernel';
import { enrolmentFingerprint } from '@rogatory/pki';
import { sizes } from '@rogatory/protocol';
import { fileFormatError, verificationError } from '../run/cli.errors.js';
import { harmless } from '../run/harmless.js';
import type { Json } from '../run/outcome.js';
import { JsonForm, jsonText } from './json-form.js';
import {
  cardOf,
  type Paper,
  type PaperPart,
  paperFingerprint,
  type PaperSignature,
  signerRoles,
  verifyPaper,
} from './paper.js';
import { readingOf } from './reading.js';

const FORMAT = 'rogatory/paper/v1';
const EXPECTED = 'a paper of a ceremony';
const KINDS: readonly PaperPart['kind'][] = ['root', 'authority', 'person', 'device', 'revocation'];
const MAX_PARTS = 8;
const MAX_SIGNATURES = 64;
export const MAX_PAPER_BYTES = 512 * 1024;

/** The readable half of a paper: everything that holders see, derived from the bytes. */
export function paperReading(paper: Paper) {
  const { words, digits } = paperFingerprint(paper);
  const card = cardOf(paper);
  return {
    fingerprint: words.join(' '),
    digits: digits.join(' '),
    ...(paper.request && { deviceFingerprint: enrolmentFingerprint(paper.request).words.join(' ') }),
    ...(card && { names: { person: harmless(card.personName), post: harmless(card.postName) } }),
    statements: paper.parts.map((part) => ({ kind: part.kind, ...readingOf(part) })),
  } satisfies Json;
}

/** A paper as a text file: first what it says, then the bytes that are signed. */
export function encodePaper(paper: Paper): string {
  return jsonText({
    format: FORMAT,
    reading: paperReading(paper),
    parts: paper.parts.map(({ kind, body, proofOfPossession, signatures }) => ({
      kind,
      body: toBase64(body),
      ...(proofOfPossession && { proofOfPossession: toBase64(proofOfPossession) }),
      signatures: signatures.map(({ role, publicKey, signature }) => ({
        role,
        publicKey: toBase64(publicKey),
        signature: toBase64(signature),
      })),
    })),
    ...(paper.card && { card: toBase64(paper.card) }),
    ...(paper.request && { request: toBase64(paper.request) }),
  });
}

/**
 * Reads a paper and checks it: the readable half is exactly what the bytes say, and every signature on it holds. Whether
 * signers are entitled shows only against a directory.
 * @throws CodecError `cli/file-format`; VerificationError `cli/tampered`, `crypto/signature`.
 */
export function decodePaper(bytes: Uint8Array): Paper {
  const form = JsonForm.parse(bytes, EXPECTED);
  if (form.text('format') !== FORMAT) throw fileFormatError(EXPECTED);
  const claimed = form.raw('reading');
  const parts = form.forms('parts', MAX_PARTS).map(readPart);
  const card = form.optionalBytes('card', limits.maxDirectoryEntryBytes);
  const request = form.optionalBytes('request', limits.maxDirectoryEntryBytes);
  form.end();
  if (parts.length === 0) throw fileFormatError(EXPECTED);
  const paper: Paper = { parts, ...(card && { card }), ...(request && { request }) };
  // What a person reads and what the key signs are one: a reading that was edited is a paper that was tampered with.
  if (JSON.stringify(claimed) !== JSON.stringify(paperReading(paper))) throw verificationError('cli/tampered');
  verifyPaper(paper);
  return paper;
}

function readPart(form: JsonForm): PaperPart {
  const kindText = form.text('kind');
  const kind = KINDS.find((known) => known === kindText);
  if (kind === undefined) throw fileFormatError(EXPECTED);
  const body = form.bytes('body', limits.maxDirectoryEntryBytes);
  const proofOfPossession = form.optionalBytes('proofOfPossession', sizes.signature);
  const signatures = form.forms('signatures', MAX_SIGNATURES).map(readSignature);
  form.end();
  return { kind, body, ...(proofOfPossession && { proofOfPossession }), signatures };
}

function readSignature(form: JsonForm): PaperSignature {
  const roleText = form.text('role');
  const role = Object.values(signerRoles).find((known) => known === roleText);
  if (role === undefined) throw fileFormatError(EXPECTED);
  const publicKey = form.bytes('publicKey', sizes.signingKey);
  const signature = form.bytes('signature', sizes.signature);
  form.end();
  if (publicKey.length !== sizes.signingKey || signature.length !== sizes.signature) throw fileFormatError(EXPECTED);
  return { role, publicKey, signature };
}
