import { CodecError, fromBase64, limits, parseUtf8, toBase64, utf8 } from '@rogatory/kernel';
import { parseObject } from '../parse-object.js';
import type { ToldSuccession, ToldWord } from './verify-succession.js';

/** How one log follows another, as it goes from hand to hand. It names nobody. */
export interface SuccessionFile extends ToldSuccession {
  /** Of the log that ended. */
  readonly origin: string;
}

const FORMAT = 'rogatory/log-succession/v1';
/** Heads and proofs of three places, and two records, as base64 or JSON text. */
export const MAX_SUCCESSION_FILE_BYTES = 8 * limits.maxNoteBytes;

/** UTF-8 JSON with the members format, origin, reason, checkpoint, closing or abandonment, and genesis. */
export function encodeSuccessionFile(file: SuccessionFile): Uint8Array {
  const { origin, reason, checkpoint, closing, abandonment, genesis } = file;
  const text = {
    ...{ format: FORMAT, origin, reason, checkpoint: parseUtf8(checkpoint) },
    ...(closing && { closing: wordText(closing) }),
    ...(abandonment && { abandonment: parseUtf8(abandonment) }),
    genesis: wordText(genesis),
  };
  return utf8(`${JSON.stringify(text, undefined, 2)}\n`);
}

/** @throws CodecError `evidence/succession-file`. */
export function parseSuccessionFile(bytes: Uint8Array): SuccessionFile {
  const read = parseObject(bytes, malformed, MAX_SUCCESSION_FILE_BYTES);
  const { format, origin, reason, checkpoint, closing, abandonment, genesis, ...rest } = read;
  if (format !== FORMAT || Object.keys(rest).length > 0) throw malformed();
  return {
    ...{ origin: textOf(origin), reason: textOf(reason), checkpoint: utf8(textOf(checkpoint)), consistency: [] },
    closing: closing === undefined ? undefined : wordOf(closing),
    abandonment: abandonment === undefined ? undefined : utf8(textOf(abandonment)),
    genesis: wordOf(genesis),
  };
}

function wordText({ leaf, opening, bytes, proof }: ToldWord) {
  return { leaf: toBase64(leaf), opening: toBase64(opening), bytes: toBase64(bytes), proof: parseUtf8(proof) };
}

function wordOf(value: unknown): ToldWord {
  if (typeof value !== 'object' || value === null) throw malformed();
  const { leaf, opening, bytes, proof, ...rest } = { leaf: '', opening: '', bytes: '', proof: '', ...value };
  if (Object.keys(rest).length > 0) throw malformed();
  const [leafBytes, openingBytes, groupBytes] = [leaf, opening, bytes].map((text) => fromBase64(textOf(text)));
  if (leafBytes === undefined || openingBytes === undefined || groupBytes === undefined) throw malformed();
  return { leaf: leafBytes, opening: openingBytes, bytes: groupBytes, proof: utf8(textOf(proof)) };
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw malformed();
  return value;
}

function malformed(options?: ErrorOptions): CodecError {
  return new CodecError('evidence/succession-file', 'not a file on how a log follows another', options);
}
