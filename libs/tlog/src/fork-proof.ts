import { CodecError, VerificationError, equalBytes, fromBase64, limits, toBase64, utf8 } from '@rogatory/kernel';
import type { SignedCheckpoint } from './checkpoint.js';
import { isHash } from './hashing.js';
import { consistencyRoots } from './merkle-proofs.js';
import { fullConsistencyPath, type HashReader } from './proof-building.js';

/**
 * Portable evidence that one log signed two heads which no single append-only log can have. It convinces whoever
 * trusts the log's key and nothing else.
 */
export interface ForkProof {
  /** Signed checkpoints, verbatim; the first is not larger than the second. */
  readonly first: Uint8Array;
  readonly second: Uint8Array;
  /**
   * Empty for heads of one size. Else the full consistency path of the second tree from the first size: it leads to
   * the second root and to another root than the first.
   */
  readonly hashes: readonly Uint8Array[];
}

/** Two heads of which at most one can belong to an honest log. */
export interface ProvenFork<Head extends SignedCheckpoint> {
  readonly first: Head;
  readonly second: Head;
}

const FORMAT = 'rogatory/fork-proof/v1';
const MAX_BYTES = 3 * limits.maxNoteBytes;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Checks the evidence. `open` decides whose signatures are trusted.
 * @throws what `open` throws; VerificationError `tlog/fork` when the heads are not shown to contradict each other.
 */
export function verifyForkProof<Head extends SignedCheckpoint>(
  proof: ForkProof,
  open: (checkpoint: Uint8Array) => Head,
): ProvenFork<Head> {
  const first = open(proof.first);
  const second = open(proof.second);
  if (first.origin !== second.origin || !isContradiction(first, second, proof.hashes)) {
    throw new VerificationError('tlog/fork', 'the two heads are not shown to contradict each other');
  }
  return { first, second };
}

/**
 * The hashes that prove a fork, read from the tree of the second (larger) head; undefined when that tree in truth
 * extends the first head. For heads of one size nothing is read.
 */
export async function findForkHashes(
  first: SignedCheckpoint,
  second: SignedCheckpoint,
  reader: HashReader,
): Promise<Uint8Array[] | undefined> {
  if (first.size < 1 || first.size > second.size) return undefined;
  const hashes = first.size === second.size ? [] : await fullConsistencyPath(first.size, second.size, reader);
  return isContradiction(first, second, hashes) ? hashes : undefined;
}

/** `fork-proof.json`: UTF-8 JSON with exactly the members format, first, second, hashes, in this order. */
export function encodeForkProof({ first, second, hashes }: ForkProof): Uint8Array {
  const notes = { first: decoder.decode(first), second: decoder.decode(second) };
  return utf8(`${JSON.stringify({ format: FORMAT, ...notes, hashes: hashes.map(toBase64) }, undefined, 2)}\n`);
}

/** Inverse of `encodeForkProof`; takes any JSON layout. @throws CodecError `tlog/fork-proof`. */
export function parseForkProof(bytes: Uint8Array): ForkProof {
  const { format, first, second, hashes, ...rest } = parseObject(bytes);
  if (format !== FORMAT || Object.keys(rest).length > 0) throw malformed();
  if (typeof first !== 'string' || typeof second !== 'string' || !Array.isArray(hashes)) throw malformed();
  if (hashes.length > limits.maxProofHashes + 1) throw malformed();
  return { first: utf8(first), second: utf8(second), hashes: hashes.map(parseHash) };
}

function isContradiction(first: SignedCheckpoint, second: SignedCheckpoint, hashes: readonly Uint8Array[]): boolean {
  if (first.size === second.size) return hashes.length === 0 && !equalBytes(first.root, second.root);
  const roots = consistencyRoots(first.size, second.size, hashes);
  return roots !== undefined && equalBytes(roots.second, second.root) && !equalBytes(roots.first, first.root);
}

function parseObject(bytes: Uint8Array): Record<string, unknown> {
  if (bytes.length > MAX_BYTES) throw malformed();
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch (cause) {
    throw new CodecError('tlog/fork-proof', 'not a fork proof', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed();
  return { ...value };
}

function parseHash(value: unknown): Uint8Array {
  let bytes: Uint8Array | undefined;
  try {
    bytes = typeof value === 'string' ? fromBase64(value) : undefined;
  } catch (cause) {
    throw new CodecError('tlog/fork-proof', 'not a fork proof', { cause });
  }
  if (bytes === undefined || !isHash(bytes)) throw malformed();
  return bytes;
}

function malformed(): CodecError {
  return new CodecError('tlog/fork-proof', 'not a fork proof');
}
