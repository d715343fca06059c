import { limits, type Secret } from '@rogatory/kernel';
import { openSegment, sealSegmentInto } from '@rogatory/crypto/seal';
import { type FileLayout, segmentLeaf, segmentSpan } from '@rogatory/e2ee/files';
import { FILE_HEADER_BYTES, FILE_SEALED_SEGMENT_BYTES, sizes } from '@rogatory/protocol';
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

/** Buffers that parts are made in, used again: a long transfer must not fill the memory with what is done. */
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
 * Seals one part in the buffer that travels; part 0 leaves room for the header. Deterministic in key and content.
 * @throws VerificationError `client/file` for content of another length.
 */
export function sealPart(place: PartPlace, content: Uint8Array, buffers: PartBuffers): SealedPart {
  const { key, layout, index } = place;
  const part = partSpan(layout, index);
  if (content.length !== part.contentBytes) throw verificationError('client/file');
  const head = index === 0 ? FILE_HEADER_BYTES : 0;
  const bytes = buffers.take(head + part.sealedBytes);
  const leaves = new Uint8Array(part.segments * sizes.hash);
  for (let i = 0; i < part.segments; i++) {
    const span = segmentSpan(layout, part.firstSegment + i);
    const at = span.plainOffset - part.contentOffset;
    const plain = padded(content.subarray(at, at + span.trueBytes), span.plainBytes);
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
 * Opens one part without its header. Its place in the file is proven only by the root over all leaves.
 * @throws VerificationError `crypto/open`, `client/file`.
 */
export function openPart(place: PartPlace, sealed: Uint8Array, buffers: PartBuffers): OpenedPart {
  const { key, layout, index } = place;
  const part = partSpan(layout, index);
  if (sealed.length !== part.sealedBytes) throw verificationError('client/file');
  const content = buffers.take(part.contentBytes);
  const leaves = new Uint8Array(part.segments * sizes.hash);
  for (let i = 0; i < part.segments; i++) {
    const span = segmentSpan(layout, part.firstSegment + i);
    const at = span.storedOffset - part.storedOffset;
    const stored = sealed.subarray(at, at + span.storedBytes);
    leaves.set(segmentLeaf(span.index, stored), i * sizes.hash);
    const plain = openSegment(key, span, stored);
    // SPEC: files 2: padding MUST be zeros, so that it carries nothing
    if (plain.subarray(span.trueBytes).some((byte) => byte !== 0)) throw verificationError('client/file');
    // A segment of nothing but padding lies beyond the content.
    if (span.trueBytes > 0) content.set(plain.subarray(0, span.trueBytes), span.plainOffset - part.contentOffset);
  }
  return { content, leaves };
}

/** Leaf hashes in a row, apart. */
export function splitLeaves(leaves: Uint8Array): Uint8Array[] {
  return Array.from({ length: leaves.length / sizes.hash }, (_, i) =>
    leaves.slice(i * sizes.hash, (i + 1) * sizes.hash),
  );
}

function padded(content: Uint8Array, length: number): Uint8Array {
  if (content.length === length) return content;
  const bytes = new Uint8Array(length);
  bytes.set(content);
  return bytes;
}
