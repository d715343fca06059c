import { CodecError, UsageError, fromBase64, limits, toBase64, utf8 } from '@rogatory/kernel';
import type { SignedCheckpoint } from './checkpoint.js';
import { isHash, leafHash } from './hashing.js';
import { verifyInclusion } from './merkle-proofs.js';
import { decimal, isTreeSize } from './tree-size.js';

/** An offline receipt (tlog-proof, file extension `.tlog-proof`): this entry is in that log. */
export interface TlogProof {
  readonly index: number;
  /** From the leaf's sibling up to the root's child. */
  readonly hashes: readonly Uint8Array[];
  /** A signed checkpoint, verbatim, with whatever cosignatures it carries. */
  readonly checkpoint: Uint8Array;
  /** Not authenticated by anything; undefined when the line is absent. */
  readonly extra: Uint8Array | undefined;
}

/** An entry whose place in a log is proven. */
export interface ProvenEntry<Head extends SignedCheckpoint> {
  readonly index: number;
  readonly leafHash: Uint8Array;
  readonly checkpoint: Head;
}

const HEADER = 'c2sp.org/tlog-proof@v1';
const MAX_PROOF_BYTES = limits.maxNoteBytes + 2 * limits.maxProofExtraBytes + 64 * limits.maxProofHashes;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @throws UsageError `tlog/proof` on an index, hash or size of extra data that `parseTlogProof` would refuse. */
export function encodeTlogProof({ index, hashes, checkpoint, extra }: TlogProof): Uint8Array {
  const extraBytes = extra?.length ?? 0;
  if (!isTreeSize(index) || hashes.length > limits.maxProofHashes || !hashes.every(isHash)) throw unencodable();
  if (extraBytes > limits.maxProofExtraBytes || checkpoint.length > limits.maxNoteBytes) throw unencodable();
  const lines = [HEADER];
  if (extra !== undefined) lines.push(`extra ${toBase64(extra)}`);
  lines.push(`index ${index}`, ...hashes.map(toBase64), '', '');
  const head = utf8(lines.join('\n'));
  const bytes = new Uint8Array(head.length + checkpoint.length);
  bytes.set(head);
  bytes.set(checkpoint, head.length);
  return bytes;
}

/** Inverse of `encodeTlogProof`; the checkpoint is cut out, not parsed. @throws CodecError `tlog/proof`. */
export function parseTlogProof(bytes: Uint8Array): TlogProof {
  if (bytes.length > MAX_PROOF_BYTES) throw malformed();
  const text = decode(bytes);
  const split = text.indexOf('\n\n');
  if (split < 0) throw malformed();
  const [header, ...lines] = text.slice(0, split).split('\n');
  if (header !== HEADER) throw malformed();
  const extra = lines[0]?.startsWith('extra ') ? base64(lines.shift()?.slice(6) ?? '') : undefined;
  const [indexLine = '', ...hashLines] = lines;
  const index = indexLine.startsWith('index ') ? decimal(indexLine.slice(6)) : undefined;
  if (index === undefined || hashLines.length > limits.maxProofHashes) throw malformed();
  if (extra !== undefined && extra.length > limits.maxProofExtraBytes) throw malformed();
  const hashes = hashLines.map(base64);
  if (!hashes.every(isHash)) throw malformed();
  return { index, hashes, checkpoint: utf8(text.slice(split + 2)), extra };
}

/**
 * Checks that the entry stands in the log at the index the proof says. `open` decides whose signatures are trusted:
 * `verifyCheckpoint` with a policy, or `openCheckpoint` with pinned keys.
 * @throws CodecError and VerificationError of `open`; VerificationError `tlog/inclusion`.
 */
export function verifyTlogProof<Head extends SignedCheckpoint>(
  entry: Uint8Array,
  proof: TlogProof,
  open: (checkpoint: Uint8Array) => Head,
): ProvenEntry<Head> {
  const checkpoint = open(proof.checkpoint);
  const leaf = leafHash(entry);
  const { index, hashes } = proof;
  verifyInclusion({ index, size: checkpoint.size, leaf, root: checkpoint.root, proof: hashes });
  return { index, leafHash: leaf, checkpoint };
}

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new CodecError('tlog/proof', 'not a log proof', { cause });
  }
}

function base64(line: string): Uint8Array {
  try {
    return fromBase64(line);
  } catch (cause) {
    throw new CodecError('tlog/proof', 'not a log proof', { cause });
  }
}

function malformed(): CodecError {
  return new CodecError('tlog/proof', 'not a log proof');
}

function unencodable(): UsageError {
  return new UsageError('tlog/proof', 'this cannot be written as a log proof');
}
