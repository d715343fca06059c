import { type Brand, UsageError, VerificationError } from '@rogatory/kernel';
import { type Checkpoint, encodeCheckpointText, parseCheckpointText } from './checkpoint-text.js';
import { encodeCosignature, signedMessage } from './cosignature.js';
import { encodeNote, parseNote, requireSignature, signNoteText, verifyNote } from './note.js';
import type { Note, NoteSignature, NoteSigner, VerifiedSignature } from './note.js';
import { isWitnessKey, keyTypes, type VerifierKey } from './verifier-key.js';

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
 * @throws UsageError `tlog/key-type` unless the key is of type 0x04 or 0x06; InternalError `tlog/signer`.
 */
export async function cosignCheckpoint(
  checkpoint: SignedCheckpoint,
  signer: NoteSigner,
  timeSeconds: number,
): Promise<NoteSignature> {
  if (!isWitnessKey(signer.key)) throw new UsageError('tlog/key-type', 'not the key of a witness');
  const message = signedMessage(signer.key, checkpoint.note.text, timeSeconds);
  const signature = await signer.sign(message);
  requireSignature(signer.key, message, signature);
  return {
    name: signer.key.name,
    keyId: signer.key.keyId,
    signature: encodeCosignature(timeSeconds, signature),
  };
}

/**
 * As `cosignCheckpoint` with each key of a witness, and the checkpoint with those cosignatures appended, in place of earlier
 * ones by the same keys: what a witness answers, and what it keeps.
 */
export async function cosignAndAppend(
  checkpoint: SignedCheckpoint,
  signers: readonly NoteSigner[],
  timeSeconds: number,
): Promise<{ readonly lines: readonly NoteSignature[]; readonly note: Uint8Array }> {
  const lines: NoteSignature[] = [];
  for (const signer of signers) lines.push(await cosignCheckpoint(checkpoint, signer, timeSeconds));
  return { lines, note: withLines(checkpoint, lines) };
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

function requireTypes(logKeys: readonly VerifierKey[], witnessKeys: readonly VerifierKey[]): void {
  const fits = logKeys.every((key) => key.type === keyTypes.log) && witnessKeys.every(isWitnessKey);
  if (!fits) throw new UsageError('tlog/key-type', 'a log key stands for a witness or the other way round');
}
