import { CodecError, fromBase64, toBase64, UsageError, utf8 } from '@rogatory/kernel';
import { isPossibleRoot } from './merkle-proofs.js';
import { decimal, isTreeSize } from './tree-size.js';

/** A tree head: the first `size` entries of the log `origin` hash to `root`. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
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

function isOrigin(origin: string): boolean {
  // Control characters and lone surrogates are the note's to refuse; here only what would shift the lines.
  return origin.length > 0 && !origin.includes('\n') && utf8(origin).length <= 255;
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
