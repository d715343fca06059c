import { CodecError, UsageError, VerificationError, fromBase64, toBase64, utf8, type Brand } from '@rogatory/kernel';
import { cosignatureMessage, encodeCosignature } from './cosignature.js';
import { isPossibleRoot } from './merkle-proofs.js';
import { encodeNote, parseNote, requireSignature, signNoteText, verifyNote } from './note.js';
import type { Note, NoteSignature, NoteSigner, VerifiedSignature } from './note.js';
import { decimal, isTreeSize } from './tree-size.js';
import { keyTypes, type VerifierKey } from './verifier-key.js';

/** A tree head: the first `size` entries of the log `origin` hash to `root`. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

/** A tree head that the log itself signed; made by `openCheckpoint` only. */
export type SignedCheckpoint = Brand<
  Checkpoint & {
    readonly note: Note;
    /** Signatures that hold: of the log, and cosignatures of the witnesses that were asked about. */
    readonly signatures: readonly VerifiedSignature[];
  },
  'SignedCheckpoint'
>;

/** Whose signatures a reader of a checkpoint trusts, decided before the bytes are seen. */
export interface CheckpointTrust {
  readonly origin: string;
  /** Keys of the log; several while it changes its key. One of them has to sign. */
  readonly logKeys: readonly VerifierKey[];
  /** Keys of witnesses whose cosignatures count. None has to sign: quorums are the matter of a policy. */
  readonly witnessKeys?: readonly VerifierKey[];
}

/** Three lines: origin, size, root (tlog-checkpoint). @throws UsageError `tlog/checkpoint`. */
export function encodeCheckpointText({ origin, size, root }: Checkpoint): string {
  if (!isOrigin(origin) || !isTreeSize(size) || !isPossibleRoot(size, root)) {
    throw new UsageError('tlog/checkpoint', 'not a checkpoint');
  }
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/**
 * Inverse of `encodeCheckpointText`. Extension lines are refused: no monitor can audit them.
 * @throws CodecError `tlog/checkpoint`.
 */
export function parseCheckpointText(text: string): Checkpoint {
  const lines = text.split('\n');
  const [origin = '', sizeLine = '', rootLine = '', end] = lines;
  const size = decimal(sizeLine);
  if (lines.length !== 4 || end !== '' || !isOrigin(origin) || size === undefined) throw malformed();
  const root = decodeRoot(rootLine);
  if (!isPossibleRoot(size, root)) throw malformed();
  return { origin, size, root };
}

/**
 * The head inside a signed note, once the log's own signature holds.
 * @throws CodecError `tlog/note`, `tlog/checkpoint`; VerificationError `tlog/origin` when it is another log's,
 * `tlog/unknown-signer` when the log did not sign, `tlog/signature` when a trusted key's signature does not hold.
 */
export function openCheckpoint(bytes: Uint8Array, trust: CheckpointTrust): SignedCheckpoint {
  const { logKeys, witnessKeys = [] } = trust;
  requireTypes(logKeys, witnessKeys);
  const note = parseNote(bytes);
  const checkpoint = parseCheckpointText(note.text);
  if (checkpoint.origin !== trust.origin) throw new VerificationError('tlog/origin', 'a checkpoint of another log');
  const signatures = verifyNote(note, [...logKeys, ...witnessKeys]);
  if (!signatures.some(({ key }) => logKeys.includes(key))) {
    throw new VerificationError('tlog/unknown-signer', 'the log did not sign the checkpoint');
  }
  return { ...checkpoint, note, signatures } as SignedCheckpoint;
}

/** The head as a note with one signature per signer. Signers are log keys (type 0x01). @throws as `signNoteText`. */
export async function signCheckpoint(checkpoint: Checkpoint, signers: readonly NoteSigner[]): Promise<Uint8Array> {
  const text = encodeCheckpointText(checkpoint);
  const signatures: NoteSignature[] = [];
  for (const signer of signers) signatures.push(await signNoteText(text, signer));
  return encodeNote({ text, signatures });
}

/**
 * A witness's statement: at this time this is the largest consistent head it saw. Call it only after consistency
 * with the last cosigned head was verified and the new head was stored.
 * @throws UsageError `tlog/key-type` unless the key is of type 0x04; InternalError `tlog/signer`.
 */
export async function cosignCheckpoint(
  checkpoint: SignedCheckpoint,
  signer: NoteSigner,
  timeSeconds: number,
): Promise<NoteSignature> {
  if (signer.key.type !== keyTypes.cosignature) throw new UsageError('tlog/key-type', 'not the key of a witness');
  const message = cosignatureMessage(checkpoint.note.text, timeSeconds);
  const signature = await signer.sign(message);
  requireSignature(signer.key, message, signature);
  return {
    name: signer.key.name,
    keyId: signer.key.keyId,
    signature: encodeCosignature(timeSeconds, signature),
  };
}

/**
 * As `cosignCheckpoint`, and the checkpoint with that cosignature appended, in place of an earlier one by the same key: what
 * a witness answers, and what it keeps.
 */
export async function cosignAndAppend(
  checkpoint: SignedCheckpoint,
  signer: NoteSigner,
  timeSeconds: number,
): Promise<{ readonly line: NoteSignature; readonly note: Uint8Array }> {
  const line = await cosignCheckpoint(checkpoint, signer, timeSeconds);
  return { line, note: withLines(checkpoint, [line]) };
}

/**
 * The checkpoint with the cosignatures of a witness's answer appended; lines of other keys are left out.
 * @throws VerificationError `tlog/signature` when a line of a known witness does not hold.
 */
export function addCosignatures(
  checkpoint: SignedCheckpoint,
  lines: readonly NoteSignature[],
  witnessKeys: readonly VerifierKey[],
): Uint8Array {
  const known = lines.filter((line) => witnessKeys.some((key) => key.name === line.name && key.keyId === line.keyId));
  if (known.length > 0) verifyNote({ text: checkpoint.note.text, signatures: known }, witnessKeys);
  return withLines(checkpoint, known);
}

/** For lines that were checked. */
function withLines(checkpoint: SignedCheckpoint, lines: readonly NoteSignature[]): Uint8Array {
  const replaced = new Set(lines.map((line) => `${line.name}+${line.keyId}`));
  const kept = checkpoint.note.signatures.filter((line) => !replaced.has(`${line.name}+${line.keyId}`));
  return encodeNote({ text: checkpoint.note.text, signatures: [...kept, ...lines] });
}

/** The bytes of the signed checkpoint, signature lines of unknown keys included. */
export function checkpointBytes(checkpoint: SignedCheckpoint): Uint8Array {
  return encodeNote(checkpoint.note);
}

function isOrigin(origin: string): boolean {
  // Control characters and lone surrogates are the note's to refuse; here only what would shift the lines.
  return origin.length > 0 && !origin.includes('\n') && utf8(origin).length <= 255;
}

function requireTypes(logKeys: readonly VerifierKey[], witnessKeys: readonly VerifierKey[]): void {
  const fits =
    logKeys.every((key) => key.type === keyTypes.log) && witnessKeys.every((key) => key.type === keyTypes.cosignature);
  if (!fits) throw new UsageError('tlog/key-type', 'a log key stands for a witness or the other way round');
}

function decodeRoot(text: string): Uint8Array {
  try {
    return fromBase64(text);
  } catch (cause) {
    throw new CodecError('tlog/checkpoint', 'not a checkpoint', { cause });
  }
}

function malformed(): CodecError {
  return new CodecError('tlog/checkpoint', 'not a checkpoint');
}
