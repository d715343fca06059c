import { CodecError, fromBase64, toBase64, utf8 } from '@rogatory/kernel';
import { encodeVerifierKey, parseVerifierKey, type VerifierKey } from '@rogatory/tlog';
import { parseObject } from '../parse-object.js';

/** Name and keys of a log as somebody pinned them: what a verifier needs who never meets the server. */
export interface LogTrustFile {
  readonly origin: string;
  readonly logKeys: readonly VerifierKey[];
  readonly promiseKey: Uint8Array | undefined;
}

const FORMAT = 'rogatory/log-trust/v1';
const MAX_BYTES = 64 * 1024;
const MAX_KEYS = 16;

/** UTF-8 JSON with the members format, origin, logKeys (each with its key), and promiseKey where it is known. */
export function encodeLogTrustFile({ origin, logKeys, promiseKey }: LogTrustFile): Uint8Array {
  const keys = logKeys.map((key) => ({ key: encodeVerifierKey(key) }));
  const promise = promiseKey === undefined ? {} : { promiseKey: toBase64(promiseKey) };
  return utf8(`${JSON.stringify({ format: FORMAT, origin, logKeys: keys, ...promise }, undefined, 2)}\n`);
}

/** @throws CodecError `evidence/trust-file`, or of a key in it. */
export function parseLogTrustFile(bytes: Uint8Array): LogTrustFile {
  const { format, origin, logKeys, promiseKey, ...rest } = parseObject(bytes, malformed, MAX_BYTES);
  if (format !== FORMAT || Object.keys(rest).length > 0 || typeof origin !== 'string') throw malformed();
  if (!Array.isArray(logKeys) || logKeys.length === 0 || logKeys.length > MAX_KEYS) throw malformed();
  if (promiseKey !== undefined && typeof promiseKey !== 'string') throw malformed();
  const promise = promiseKey === undefined ? undefined : fromBase64(promiseKey);
  if (promise !== undefined && promise.length !== 32) throw malformed();
  return { origin, logKeys: logKeys.map(keyOf), promiseKey: promise };
}

function keyOf(entry: unknown): VerifierKey {
  if (typeof entry !== 'object' || entry === null || !('key' in entry) || typeof entry.key !== 'string') {
    throw malformed();
  }
  return parseVerifierKey(entry.key);
}

function malformed(options?: ErrorOptions): CodecError {
  return new CodecError('evidence/trust-file', 'not a file of the keys of a log', options);
}
