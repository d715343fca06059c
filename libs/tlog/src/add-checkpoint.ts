import {
  CodecError,
  UsageError,
  equalBytes,
  fromBase64,
  isRogatoryError,
  limits,
  toBase64,
  utf8,
} from '@rogatory/kernel';
import { parseCheckpointText } from './checkpoint-text.js';
import { openCheckpoint, type SignedCheckpoint } from './checkpoint.js';
import { isHash } from './hashing.js';
import { isConsistent } from './merkle-proofs.js';
import { parseNote } from './note.js';
import { decimal, isTreeSize } from './tree-size.js';
import type { VerifierKey } from './verifier-key.js';

/** Body of `POST add-checkpoint` (tlog-witness). */
export interface AddCheckpoint {
  readonly oldSize: number;
  readonly proof: readonly Uint8Array[];
  /** Signed checkpoint, verbatim. */
  readonly checkpoint: Uint8Array;
}

/** What a witness knows of one log. */
export interface WitnessedLog {
  readonly keys: readonly VerifierKey[];
  /** The last head it cosigned; undefined before the first. */
  readonly latest: { readonly size: number; readonly root: Uint8Array } | undefined;
}

/** A request that could be read; whose log it speaks of is only claimed. */
export interface Submission {
  readonly origin: string;
  readonly request: AddCheckpoint;
}

/** The answer a witness must give when it does not cosign. */
export type AddCheckpointRefusal =
  | { readonly status: 409; readonly reason: 'size-conflict'; readonly latestSize: number }
  | {
      readonly status: 409;
      readonly reason: 'root-conflict';
      readonly latestSize: number;
      readonly checkpoint: SignedCheckpoint;
    }
  | { readonly status: 400; readonly reason: 'malformed' | 'old-size-beyond-new' }
  | { readonly status: 403; readonly reason: 'signature' }
  | { readonly status: 404; readonly reason: 'unknown-log' }
  | { readonly status: 422; readonly reason: 'consistency'; readonly checkpoint: SignedCheckpoint };

/** The answer a witness must give; on 200 it stores the head, in the same atomic step, and then cosigns it. */
export type AddCheckpointVerdict =
  | AddCheckpointRefusal
  | { readonly status: 200; readonly checkpoint: SignedCheckpoint };

/** The largest body of `add-checkpoint`. */
export const MAX_ADD_CHECKPOINT_BYTES = limits.maxNoteBytes + 64 * (limits.maxProofHashes + 1);
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @throws UsageError `tlog/add-checkpoint` on what `parseAddCheckpoint` would refuse. */
export function encodeAddCheckpoint({ oldSize, proof, checkpoint }: AddCheckpoint): Uint8Array {
  if (!isTreeSize(oldSize) || proof.length > limits.maxProofHashes || !proof.every(isHash)) {
    throw new UsageError('tlog/add-checkpoint', 'this cannot be sent to a witness');
  }
  const head = [`old ${oldSize}`, ...proof.map(toBase64), '', ''].join('\n');
  return utf8(head + decoder.decode(checkpoint));
}

/** @throws CodecError `tlog/add-checkpoint`. */
export function parseAddCheckpoint(bytes: Uint8Array): AddCheckpoint {
  if (bytes.length > MAX_ADD_CHECKPOINT_BYTES) throw malformed();
  const text = decode(bytes);
  const split = text.indexOf('\n\n');
  const [oldLine = '', ...proofLines] = split < 0 ? [] : text.slice(0, split).split('\n');
  const oldSize = oldLine.startsWith('old ') ? decimal(oldLine.slice(4)) : undefined;
  // SPEC: tlog-witness: the client MUST NOT send more than 63 consistency proof lines.
  if (oldSize === undefined || proofLines.length > limits.maxProofHashes) throw malformed();
  const proof = proofLines.map(base64);
  if (!proof.every(isHash)) throw malformed();
  return { oldSize, proof, checkpoint: utf8(text.slice(split + 2)) };
}

/** The first step of judging: needs nothing that a witness knows, so nothing is locked meanwhile. */
export function readAddCheckpoint(body: Uint8Array): Submission | AddCheckpointRefusal {
  try {
    const request = parseAddCheckpoint(body);
    return { request, origin: parseCheckpointText(parseNote(request.checkpoint).text).origin };
  } catch (error) {
    if (!isRogatoryError(error) || error.family !== 'codec') throw error;
    // A signature that is no base64 is a signature that does not hold.
    if (error.code === 'tlog/note-signature') return { status: 403, reason: 'signature' };
    return { status: 400, reason: 'malformed' };
  }
}

/**
 * The rules of tlog-witness, in the order it gives them. Pure: `log` is what the caller knows of the submission's origin,
 * undefined when it follows no such log, and holds locked, so that check and store are one step.
 */
export function judgeAddCheckpoint(
  { origin, request }: Submission,
  log: WitnessedLog | undefined,
): AddCheckpointVerdict {
  if (log === undefined) return { status: 404, reason: 'unknown-log' };
  const checkpoint = ifSigned(() => openCheckpoint(request.checkpoint, { origin, logKeys: log.keys }));
  if (checkpoint === undefined) return { status: 403, reason: 'signature' };
  return judgeGrowth(request, checkpoint, log.latest);
}

function judgeGrowth(
  { oldSize, proof }: AddCheckpoint,
  checkpoint: SignedCheckpoint,
  latest: WitnessedLog['latest'],
): AddCheckpointVerdict {
  const latestSize = latest?.size ?? 0;
  if (oldSize > checkpoint.size) return { status: 400, reason: 'old-size-beyond-new' };
  if (oldSize !== latestSize) return { status: 409, reason: 'size-conflict', latestSize };
  if (oldSize === checkpoint.size && latest !== undefined && !equalBytes(latest.root, checkpoint.root)) {
    return { status: 409, reason: 'root-conflict', latestSize, checkpoint };
  }
  // SPEC: tlog-witness: the proof MUST be empty if the old size is zero.
  const extended =
    latest === undefined || oldSize === 0
      ? proof.length === 0
      : isConsistent({
          firstSize: oldSize,
          firstRoot: latest.root,
          secondSize: checkpoint.size,
          secondRoot: checkpoint.root,
          proof,
        });
  return extended ? { status: 200, checkpoint } : { status: 422, reason: 'consistency', checkpoint };
}

function ifSigned<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (isRogatoryError(error) && error.family === 'verification') return undefined;
    throw error;
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new CodecError('tlog/add-checkpoint', 'not a request to a witness', { cause });
  }
}

function base64(line: string): Uint8Array {
  try {
    return fromBase64(line);
  } catch (cause) {
    throw new CodecError('tlog/add-checkpoint', 'not a request to a witness', { cause });
  }
}

function malformed(): CodecError {
  return new CodecError('tlog/add-checkpoint', 'not a request to a witness');
}
