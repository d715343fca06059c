import { limits, toBase64 } from '@rogatory/kernel';
import { enrolmentFingerprint, openEnrolmentRequest } from '@rogatory/pki';
import { fileFormatError, verificationError } from '../run/cli.errors.js';
import { harmless } from '../run/harmless.js';
import { isoTime } from '../run/outcome.js';
import { JsonForm, jsonText } from './json-form.js';

const FORMAT = 'rogatory/enrolment/v1';
const EXPECTED = 'an enrolment request';
export const MAX_REQUEST_FILE_BYTES = 64 * 1024;

/** What a request says, for the registrar; made of its bytes alone. @throws VerificationError `crypto/signature`. */
export function requestReading(requestBytes: Uint8Array) {
  const { certificate, card } = openEnrolmentRequest(requestBytes);
  const { words, digits } = enrolmentFingerprint(requestBytes);
  return {
    fingerprint: words.join(' '),
    digits: digits.join(' '),
    authorityId: certificate.authorityId,
    personId: certificate.personId,
    deviceId: certificate.deviceId,
    ...(card && { person: harmless(card.personName), post: harmless(card.postName) }),
    validFrom: isoTime(certificate.notBeforeMs),
    validUntil: isoTime(certificate.notAfterMs),
  };
}

export function encodeRequestFile(requestBytes: Uint8Array): string {
  return jsonText({ format: FORMAT, reading: requestReading(requestBytes), request: toBase64(requestBytes) });
}

/** @throws CodecError `cli/file-format`; VerificationError `cli/tampered`, `crypto/signature`. */
export function decodeRequestFile(bytes: Uint8Array): Uint8Array {
  const form = JsonForm.parse(bytes, EXPECTED);
  if (form.text('format') !== FORMAT) throw fileFormatError(EXPECTED);
  const claimed = form.raw('reading');
  const request = form.bytes('request', limits.maxDirectoryEntryBytes);
  form.end();
  if (JSON.stringify(claimed) !== JSON.stringify(requestReading(request))) throw verificationError('cli/tampered');
  return request;
}
