import { concatBytes, UsageError, utf8 } from '@rogatory/kernel';
import { parseCheckpointText } from './checkpoint-text.js';
import { keyTypes, type KeyType, type VerifierKey } from './verifier-key.js';

const TIME_BYTES = 8;
/** Bytes of the signature alone, by the type of its key. */
const signatureBytes: Readonly<Partial<Record<KeyType, number>>> = {
  [keyTypes.cosignature]: 64,
  [keyTypes.mlDsaCosignature]: 2_420,
};
/** SPEC: tlog-cosignature: uint8 label[12] = "subtree/v1\n\0" */
const SUBTREE_LABEL = utf8('subtree/v1\n\0');

/**
 * What a witness signs (tlog-cosignature): the message of Ed25519 for a key of type 0x04, that of ML-DSA-44 for one of type
 * 0x06. @throws UsageError `tlog/time`, `tlog/key-type`; CodecError `tlog/checkpoint` for a text that is none.
 */
export function signedMessage(key: VerifierKey, text: string, timeSeconds: number): Uint8Array {
  if (key.type === keyTypes.cosignature) return cosignatureMessage(text, timeSeconds);
  if (key.type === keyTypes.mlDsaCosignature) return subtreeMessage(key.name, text, timeSeconds);
  throw new UsageError('tlog/key-type', 'not the key of a witness');
}

/**
 * Ed25519: a header line, a time line, the whole note text. It does not name the witness: one key serves one name.
 */
export function cosignatureMessage(text: string, timeSeconds: number): Uint8Array {
  requireTime(timeSeconds);
  return utf8(`cosignature/v1\ntime ${timeSeconds}\n${text}`);
}

/**
 * ML-DSA-44: `cosigned_message`, which names the witness, for the whole tree of a checkpoint (`start` is 0).
 * SPEC: tlog-cosignature: label ‖ name<1..255> ‖ timestamp ‖ origin<1..255> ‖ start ‖ end ‖ hash, integers big-endian
 */
export function subtreeMessage(witness: string, text: string, timeSeconds: number): Uint8Array {
  requireTime(timeSeconds);
  const { origin, size, root } = parseCheckpointText(text);
  const numbers = [u64(0), u64(size)];
  return concatBytes(SUBTREE_LABEL, opaque(witness), u64(timeSeconds), opaque(origin), ...numbers, root);
}

/** The time of a cosignature in POSIX seconds; undefined when it is cut short or beyond 2^53. */
export function cosignatureTime(signature: Uint8Array): number | undefined {
  if (signature.length <= TIME_BYTES) return undefined;
  const time = new DataView(signature.buffer, signature.byteOffset, TIME_BYTES).getBigUint64(0);
  // The format stops at 2^63 - 1; no honest clock shows a time that a double cannot hold exactly.
  return time > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(time);
}

/** Time and signature of a `timestamped_signature`; undefined for one that is not of the type of the key. */
export function decodeCosignature(
  type: KeyType,
  bytes: Uint8Array,
): { readonly timeSeconds: number; readonly signature: Uint8Array } | undefined {
  if (bytes.length !== TIME_BYTES + (signatureBytes[type] ?? Number.NaN)) return undefined;
  const timeSeconds = cosignatureTime(bytes);
  return timeSeconds === undefined ? undefined : { timeSeconds, signature: bytes.subarray(TIME_BYTES) };
}

/** The `timestamped_signature` of a cosignature: time as uint64 big-endian, then the signature. */
export function encodeCosignature(timeSeconds: number, signature: Uint8Array): Uint8Array {
  return concatBytes(u64(timeSeconds), signature);
}

function requireTime(timeSeconds: number): void {
  if (!Number.isSafeInteger(timeSeconds) || timeSeconds < 0) {
    throw new UsageError('tlog/time', 'not a time in whole seconds');
  }
}

/** RFC 8446, 3.4: a vector with a length of one byte. Names of keys and origins have 1 to 255 bytes. */
function opaque(text: string): Uint8Array {
  const bytes = utf8(text);
  return concatBytes(Uint8Array.of(bytes.length), bytes);
}

function u64(value: number): Uint8Array {
  const bytes = new Uint8Array(TIME_BYTES);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}
