import { CodecError, InternalError, UsageError, VerificationError, concatBytes } from '@rogatory/kernel';
import { fromBase64, fromHex, limits, toBase64, toHex, utf8 } from '@rogatory/kernel';
import { isMlDsaSignature } from '@rogatory/crypto/post-quantum';
import { verifyRaw } from '@rogatory/crypto/verify';
import { decodeCosignature, signedMessage } from './cosignature.js';
import { isKeyName, keyTypes, type VerifierKey } from './verifier-key.js';

/** One signature line; what it is worth depends on whose key it is. */
export interface NoteSignature {
  readonly name: string;
  /** Four bytes in hexadecimal. */
  readonly keyId: string;
  /** As the key's type has it: 64 bytes of Ed25519 or 2,420 of ML-DSA-44, behind an 8 byte time in a cosignature. */
  readonly signature: Uint8Array;
}

/** A parsed signed note. The text means nothing until `verifyNote` named a key that signed it. */
export interface Note {
  /** With its final newline, without the blank line after it. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** A signature that holds. */
export interface VerifiedSignature {
  readonly key: VerifierKey;
  /** POSIX seconds at which a witness cosigned; undefined on a log's own signature. */
  readonly timeSeconds: number | undefined;
}

/** Signs bytes with the key it names. The private key stays wherever the callback lives. */
export interface NoteSigner {
  readonly key: VerifierKey;
  sign(message: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

const KEY_ID_BYTES = 4;
const SIGNATURE_BYTES = 64;
const EM_DASH_SPACE = '\u2014 ';
// ASCII control characters below U+0020 without the newline; the format says nothing of U+007F and above.
const FORBIDDEN = /(?![\n\x7f-\x9f])\p{Cc}/u;
// The bytes are what is signed: no normalisation and no byte order mark swallowed.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A signed note (C2SP signed-note) of up to 256 KiB and 100 signatures, in its one canonical form.
 * @throws CodecError `tlog/note`; `tlog/note-signature` when only the base64 of a signature is at fault.
 */
export function parseNote(bytes: Uint8Array): Note {
  if (bytes.length > limits.maxNoteBytes) throw malformed();
  const note = decode(bytes);
  // SPEC: signed-note: MUST NOT contain any ASCII control characters (those below U+0020) other than newline.
  if (FORBIDDEN.test(note)) throw malformed();
  // SPEC: signed-note: the text is separated from the signatures by the last empty line in the note.
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || !note.endsWith('\n')) throw malformed();
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > limits.maxNoteSignatures) throw malformed();
  return { text: note.slice(0, split + 1), signatures: lines.map(parseSignatureLine) };
}

/** Inverse of `parseNote`. @throws UsageError `tlog/note` when `parseNote` would refuse the result. */
export function encodeNote(note: Note): Uint8Array {
  const lines = note.signatures.map(encodeSignatureLine).join('');
  const bytes = utf8(`${note.text}\n${lines}`);
  const signatures = note.signatures.length;
  if (!isNoteText(note.text) || signatures < 1 || signatures > limits.maxNoteSignatures) throw unencodable();
  if (bytes.length > limits.maxNoteBytes) throw unencodable();
  return bytes;
}

/** `— <key name> base64(key id ‖ signature)` and a newline; also what a witness answers with. */
export function encodeSignatureLine({ name, keyId, signature }: NoteSignature): string {
  if (!isKeyName(name) || !/^[0-9a-f]{8}$/.test(keyId) || signature.length === 0) throw unencodable();
  return `${EM_DASH_SPACE}${name} ${toBase64(concatBytes(fromHex(keyId), signature))}\n`;
}

/** Inverse of `encodeSignatureLine` without the newline. @throws CodecError `tlog/note`, `tlog/note-signature`. */
export function parseSignatureLine(line: string): NoteSignature {
  const [dash, name = '', base64 = '', ...rest] = line.split(' ');
  if (`${dash} ` !== EM_DASH_SPACE || rest.length > 0 || !isKeyName(name)) throw malformed();
  const bytes = decodeBase64(base64);
  if (bytes.length <= KEY_ID_BYTES) throw malformed();
  return { name, keyId: toHex(bytes.subarray(0, KEY_ID_BYTES)), signature: bytes.slice(KEY_ID_BYTES) };
}

/**
 * Which of these keys signed the note; each key counts once, a witness with its latest time.
 * @throws VerificationError `tlog/signature` when a signature of a known key does not hold, which spoils the whole
 * note; `tlog/unknown-signer` when no known key signed. UsageError `tlog/key` when two keys cannot be told apart.
 */
export function verifyNote(note: Note, keys: readonly VerifierKey[]): readonly VerifiedSignature[] {
  const known = new Map(keys.map((key) => [`${key.name}+${key.keyId}`, key]));
  if (known.size !== keys.length) throw new UsageError('tlog/key', 'two keys have one name and key id');
  const verified = new Map<VerifierKey, VerifiedSignature>();
  for (const line of note.signatures) {
    // SPEC: signed-note: verifiers MUST ignore signatures from unknown keys, even if they share a name or ID.
    const key = known.get(`${line.name}+${line.keyId}`);
    if (key === undefined) continue;
    const signature = checkSignature(note.text, key, line.signature);
    const before = verified.get(key)?.timeSeconds ?? 0;
    if (!verified.has(key) || (signature.timeSeconds ?? 0) > before) verified.set(key, signature);
  }
  if (verified.size === 0) throw new VerificationError('tlog/unknown-signer', 'no trusted key signed the note');
  return [...verified.values()];
}

/** Adds the signature of a log key (type 0x01) to a text. @throws InternalError `tlog/signer` when it does not hold. */
export async function signNoteText(text: string, signer: NoteSigner): Promise<NoteSignature> {
  if (!isNoteText(text)) throw unencodable();
  if (signer.key.type !== keyTypes.log) throw new UsageError('tlog/key-type', 'not the key of a log');
  const message = utf8(text);
  const signature = await signer.sign(message);
  requireSignature(signer.key, message, signature);
  return { name: signer.key.name, keyId: signer.key.keyId, signature };
}

/** Whoever signs with a wrong key or a faulty device must not publish it. @throws InternalError `tlog/signer`. */
export function requireSignature(key: VerifierKey, message: Uint8Array, signature: Uint8Array): void {
  if (!isSignature(key, message, signature)) {
    throw new InternalError('tlog/signer', 'a signer gave a signature that does not fit its key');
  }
}

function checkSignature(text: string, key: VerifierKey, signature: Uint8Array): VerifiedSignature {
  if (key.type === keyTypes.log) {
    if (!isSignature(key, utf8(text), signature)) throw wrong();
    return { key, timeSeconds: undefined };
  }
  const cosignature = decodeCosignature(key.type, signature);
  if (cosignature === undefined) throw wrong();
  const { timeSeconds } = cosignature;
  if (!isSignature(key, signedMessage(key, text, timeSeconds), cosignature.signature)) throw wrong();
  return { key, timeSeconds };
}

function isSignature(key: VerifierKey, message: Uint8Array, signature: Uint8Array): boolean {
  if (key.type === keyTypes.mlDsaCosignature) return isMlDsaSignature(key.publicKey, message, signature);
  return signature.length === SIGNATURE_BYTES && verifyRaw(key.publicKey, message, signature);
}

function wrong(): VerificationError {
  return new VerificationError('tlog/signature', 'a signature of a note does not hold');
}

function isNoteText(text: string): boolean {
  return text.endsWith('\n') && !FORBIDDEN.test(text) && !/\p{Surrogate}/u.test(text);
}

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new CodecError('tlog/note', 'not a signed note', { cause });
  }
}

function decodeBase64(text: string): Uint8Array {
  try {
    return fromBase64(text);
  } catch (cause) {
    throw new CodecError('tlog/note-signature', 'a signature of a note is not canonical base64', { cause });
  }
}

function malformed(): CodecError {
  return new CodecError('tlog/note', 'not a signed note');
}

function unencodable(): UsageError {
  return new UsageError('tlog/note', 'this cannot be written as a signed note');
}
