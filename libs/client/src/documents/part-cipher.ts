import { limits, type Secret } from '@rogatory/kernel';
import { openSegment, sealSegmentInto } from '@rogatory/crypto/segments';
import { type FileLayout, segmentLeaf, segmentSpan } from '@rogatory/e2ee/files';
import { FILE_HEADER_BYTES, FILE_SEALED_SEGMENT_BYTES, sizes } from '@rogatory/protocol/files';
import { verificationError } from '../client.errors.js';

/** How the segments of a file travel: parts of whole segments, the header before the first. */
export interface PartSpan {
  readonly index: number;
  readonly firstSegment: number;
  readonly segments: number;
  /** Content bytes, without padding. */
  readonly contentOffset: number;
  readonly contentBytes: number;
  /** Bytes of the sealed segments, without the header. */
  readonly sealedBytes: number;
  /** Where the part's first segment begins in the stored file. */
  readonly storedOffset: number;
}

export function partCount(layout: FileLayout): number {
  return Math.ceil(layout.segments / limits.uploadPartSegments);
}

export function partSpan(layout: FileLayout, index: number): PartSpan {
  const firstSegment = index * limits.uploadPartSegments;
  const lastSegment = Math.min(firstSegment + limits.uploadPartSegments, layout.segments) - 1;
  const first = segmentSpan(layout, firstSegment);
  const last = segmentSpan(layout, lastSegment);
  const contentEnd = Math.min(last.plainOffset + last.plainBytes, layout.trueSize);
  return {
    index,
    firstSegment,
    segments: lastSegment - firstSegment + 1,
    contentOffset: first.plainOffset,
    contentBytes: Math.max(0, contentEnd - first.plainOffset),
    sealedBytes: last.storedOffset + last.storedBytes - first.storedOffset,
    storedOffset: first.storedOffset,
  };
}

/** Which part of which file, under which key. */
export interface PartPlace {
  readonly key: Secret;
  readonly layout: FileLayout;
  readonly index: number;
}

const PART_CAPACITY = FILE_HEADER_BYTES + limits.uploadPartSegments * FILE_SEALED_SEGMENT_BYTES;
const MAX_KEPT = 8;

/** Buffers that parts are read and made in, used again: a long transfer must not fill the memory with what is done. */
export class PartBuffers {
  readonly #free: ArrayBuffer[] = [];

  /** Bytes of this length; what they hold is undefined and all of it must be written. */
  take(length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#free.pop() ?? new ArrayBuffer(PART_CAPACITY), 0, length);
  }

  /** Gives bytes of `take` back; nobody may use them afterwards. Others are left to the engine. */
  give(bytes: Uint8Array): void {
    const { buffer } = bytes;
    const isOurs = buffer instanceof ArrayBuffer && buffer.byteLength === PART_CAPACITY;
    if (isOurs && this.#free.length < MAX_KEPT && !this.#free.includes(buffer)) this.#free.push(buffer);
  }
}

/** A part as it travels, and the leaf hashes of its segments in a row. */
export interface SealedPart {
  readonly bytes: Uint8Array;
  readonly leaves: Uint8Array;
}

/**
 * Seals one part in the memory where its content begins, or in a copy where that has no room for it; part 0 leaves room
 * for the header. Deterministic in key and content, which is given away.
 * @throws VerificationError `client/file` for content of another length.
 */
export function sealPart({ key, layout, index }: PartPlace, content: Uint8Array): SealedPart {
  const part = partSpan(layout, index);
  if (content.length !== part.contentBytes) throw verificationError('client/file');
  const head = index === 0 ? FILE_HEADER_BYTES : 0;
  const bytes = grown(content, head + part.sealedBytes);
  const leaves = new Uint8Array(part.segments * sizes.hash);
  // From the last one on: a sealed segment lies behind where its content lay, over content that is sealed already.
  for (let i = part.segments - 1; i >= 0; i--) {
    const span = segmentSpan(layout, part.firstSegment + i);
    const at = span.plainOffset - part.contentOffset;
    const plain = padded(bytes.subarray(at, at + span.trueBytes), span.plainBytes);
    const target = head + span.storedOffset - part.storedOffset;
    const sealed = bytes.subarray(target, target + span.storedBytes);
    sealSegmentInto(sealed, key, span, plain);
    leaves.set(segmentLeaf(span.index, sealed), i * sizes.hash);
  }
  return { bytes, leaves };
}

/** The content of a part, every segment checked by its tag and padding, and the leaf hashes of what was stored. */
export interface OpenedPart {
  readonly content: Uint8Array;
  readonly leaves: Uint8Array;
}

/**
 * Opens one part without its header, in its own memory. Its place in the file is proven only by the root over all leaves.
 * @throws VerificationError `crypto/open`, `client/file`.
 */
export function openPart({ key, layout, index }: PartPlace, sealed: Uint8Array): OpenedPart {
  const part = partSpan(layout, index);
  if (sealed.length !== part.sealedBytes) throw verificationError('client/file');
  const leaves = new Uint8Array(part.segments * sizes.hash);
  for (let i = 0; i < part.segments; i++) {
    const span = segmentSpan(layout, part.firstSegment + i);
    const at = span.storedOffset - part.storedOffset;
    const stored = sealed.subarray(at, at + span.storedBytes);
    leaves.set(segmentLeaf(span.index, stored), i * sizes.hash);
    const plain = openSegment(key, span, stored);
    // SPEC: files 2: padding MUST be zeros, so that it carries nothing
    if (plain.subarray(span.trueBytes).some((byte) => byte !== 0)) throw verificationError('client/file');
    // A segment of nothing but padding lies beyond the content. Content lies before its sealed form: nothing unread is lost.
    if (span.trueBytes > 0) sealed.set(plain.subarray(0, span.trueBytes), span.plainOffset - part.contentOffset);
  }
  return { content: sealed.subarray(0, part.contentBytes), leaves };
}

/** Leaf hashes in a row, apart. */
export function splitLeaves(leaves: Uint8Array): Uint8Array[] {
  return Array.from({ length: leaves.length / sizes.hash }, (_, i) =>
    leaves.slice(i * sizes.hash, (i + 1) * sizes.hash),
  );
}

/** The same bytes at the beginning of a longer row; what lies behind them is undefined. */
function grown(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.byteOffset + length <= bytes.buffer.byteLength)
    return new Uint8Array(bytes.buffer, bytes.byteOffset, length);
  return padded(bytes, length);
}

function padded(content: Uint8Array, length: number): Uint8Array {
  if (content.length === length) return content;
  const bytes = new Uint8Array(length);
  bytes.set(content);
  return bytes;
}
