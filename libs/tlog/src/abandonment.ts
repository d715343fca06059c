import { CodecError, fromBase64, limits, toBase64, VerificationError } from '@rogatory/kernel';
import { encodeNote, type NoteSigner, parseNote, signNoteText, verifyNote } from './note.js';
import { encodeVerifierKey, parseVerifierKey, type VerifierKey } from './verifier-key.js';

/** The word of a log that cannot be carried on: its last head, and which log follows. SPEC: tlog 11 */
export interface Abandonment {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
  /** Key of the log that follows; its name is the origin. */
  readonly nextKey: VerifierKey;
  readonly timeMs: number;
}

// No origin of a log: a checkpoint and an abandonment cannot be taken for each other, by their number of lines alone.
const HEADING = 'rogatory/log-abandoned/v1';
const NUMBER = /^(?:0|[1-9][0-9]{0,15})$/;
const ROOT_BYTES = 32;

/** A note signed by the log that is given up. @throws InternalError `tlog/signer` when the signature does not hold. */
export async function signAbandonment(abandonment: Abandonment, signer: NoteSigner): Promise<Uint8Array> {
  const { origin, size, root, nextKey, timeMs } = abandonment;
  const lines = [HEADING, origin, String(size), toBase64(root), encodeVerifierKey(nextKey), String(timeMs)];
  const text = `${lines.join('\n')}\n`;
  parseText(text);
  return encodeNote({ text, signatures: [await signNoteText(text, signer)] });
}

/**
 * @throws CodecError `tlog/abandonment`, `tlog/note`; VerificationError `tlog/unknown-signer`, `tlog/signature`, and
 * `tlog/origin` for that of another log.
 */
export function openAbandonment(
  bytes: Uint8Array,
  { origin, logKeys }: { readonly origin: string; readonly logKeys: readonly VerifierKey[] },
): Abandonment {
  const note = parseNote(bytes);
  const abandonment = parseText(note.text);
  if (abandonment.origin !== origin) throw new VerificationError('tlog/origin', 'the abandonment is of another log');
  verifyNote(
    note,
    logKeys.filter(({ name }) => name === origin),
  );
  return abandonment;
}

function parseText(text: string): Abandonment {
  const [heading, origin = '', size = '', root = '', key = '', time = '', ...rest] = text.split('\n');
  const isWhole = NUMBER.test(size) && NUMBER.test(time) && rest.length === 1 && rest[0] === '';
  if (heading !== HEADING || origin === '' || !isWhole || Number(size) > limits.maxTreeSize) throw malformed();
  const rootBytes = fromBase64(root);
  if (rootBytes.length !== ROOT_BYTES) throw malformed();
  return { origin, size: Number(size), root: rootBytes, nextKey: parseVerifierKey(key), timeMs: Number(time) };
}

function malformed(): CodecError {
  return new CodecError('tlog/abandonment', 'not the abandonment of a log');
}
