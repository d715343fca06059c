import { CodecError, UsageError, concatBytes, fromBase64, limits, toBase64, toHex, utf8 } from '@rogatory/kernel';
import { mlDsaSizes } from '@rogatory/crypto/post-quantum';
import { checkSigningKey, sha256 } from '@rogatory/crypto/verify';

/** Signature types of signed notes that we make and check; every other one is unknown to us. */
export const keyTypes = {
  /** Ed25519 over the note text (signed-note): logs. */
  log: 0x01,
  /** Timestamped Ed25519 cosignature (tlog-cosignature): witnesses. */
  cosignature: 0x04,
  /** Timestamped ML-DSA-44 cosignature (tlog-cosignature): witnesses, against quantum computers. */
  mlDsaCosignature: 0x06,
} as const;
export type KeyType = (typeof keyTypes)[keyof typeof keyTypes];

/** A key that notes are checked against. Made by `verifierKey` or `parseVerifierKey` only. */
export interface VerifierKey {
  readonly name: string;
  readonly type: KeyType;
  readonly publicKey: Uint8Array;
  /** Four bytes in hexadecimal; names the key within a note, proves nothing. */
  readonly keyId: string;
}

const keyBytes: Readonly<Record<KeyType, number>> = {
  [keyTypes.log]: 32,
  [keyTypes.cosignature]: 32,
  [keyTypes.mlDsaCosignature]: mlDsaSizes.publicKey,
};
const KEY_ID = /^[0-9a-f]{8}$/;
// SPEC: signed-note: key names MUST be non-empty and MUST NOT contain any Unicode spaces or plus characters.
// A control character could never stand in a note, a lone surrogate has no UTF-8.
const NOT_IN_NAMES = /(?![\x7f-\x9f])\p{Cc}|[\p{White_Space}+\p{Surrogate}]/u;

/** Whether a key is a witness's. */
export function isWitnessKey({ type }: VerifierKey): boolean {
  return type === keyTypes.cosignature || type === keyTypes.mlDsaCosignature;
}

/** Whether a text may name a key in a note: 1 to 255 bytes without white space, plus or control characters. */
export function isKeyName(name: string): boolean {
  return name.length > 0 && !NOT_IN_NAMES.test(name) && utf8(name).length <= limits.maxKeyNameBytes;
}

/** @throws UsageError `tlog/key` on a bad name or length; VerificationError `crypto/weak-key` on a weak point. */
export function verifierKey(key: { name: string; type: KeyType; publicKey: Uint8Array }): VerifierKey {
  if (!isKeyName(key.name) || key.publicKey.length !== keyBytes[key.type]) {
    throw new UsageError('tlog/key', 'not a verifier key');
  }
  const publicKey = key.publicKey.slice();
  if (key.type !== keyTypes.mlDsaCosignature) checkSigningKey(publicKey);
  return { name: key.name, type: key.type, publicKey, keyId: keyId(key.name, key.type, publicKey) };
}

/** `<name>+<key id>+<base64(type ‖ public key)>`, the text form of signed-note. */
export function encodeVerifierKey(key: VerifierKey): string {
  return `${key.name}+${key.keyId}+${toBase64(concatBytes(Uint8Array.of(key.type), key.publicKey))}`;
}

/** Inverse of `encodeVerifierKey`. @throws CodecError `tlog/key`, `tlog/key-type` on a type that is not ours. */
export function parseVerifierKey(text: string): VerifierKey {
  const [name = '', id = '', ...rest] = text.split('+');
  if (!isKeyName(name) || !KEY_ID.test(id)) throw malformed();
  // Base64 has plus characters of its own.
  const material = decodeMaterial(rest.join('+'));
  const type = Object.values(keyTypes).find((known) => known === material[0]);
  if (type === undefined) throw new CodecError('tlog/key-type', 'a verifier key of an unknown type');
  if (material.length !== 1 + keyBytes[type]) throw malformed();
  const key = verifierKey({ name, type, publicKey: material.subarray(1) });
  if (key.keyId !== id) throw malformed();
  return key;
}

/** SPEC: signed-note: key ID = SHA-256(key name || 0x0A || signature type || public key)[:4] */
function keyId(name: string, type: KeyType, publicKey: Uint8Array): string {
  return toHex(sha256(utf8(name), Uint8Array.of(0x0a, type), publicKey).subarray(0, 4));
}

function decodeMaterial(text: string): Uint8Array {
  try {
    return fromBase64(text);
  } catch (cause) {
    throw new CodecError('tlog/key', 'not a verifier key', { cause });
  }
}

function malformed(): CodecError {
  return new CodecError('tlog/key', 'not a verifier key');
}
