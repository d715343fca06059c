import { limits, UsageError } from '@rogatory/kernel';
import { padme } from '@rogatory/crypto/segments';
import { FILE_SEALED_SEGMENT_BYTES, FILE_SEGMENT_BYTES, segmentOffset, sizes } from '@rogatory/protocol/files';
import { fileError } from '../e2ee.errors.js';

/** How a file of a true size lies in segments. */
export interface FileLayout {
  readonly trueSize: number;
  /** Padmé size of the plaintext; what lies beyond the true size is zeros. */
  readonly paddedSize: number;
  readonly segments: number;
  /** Plaintext bytes of the last segment; 0 only for an empty file. */
  readonly lastSegmentBytes: number;
  /** Header and all sealed segments. */
  readonly storedSize: number;
}

/** @throws UsageError `e2ee/file` for a size beyond `limits.maxFileBytes`. */
export function fileLayout(trueSize: number): FileLayout {
  const paddedSize = padme(trueSize);
  if (paddedSize > limits.maxFileBytes) {
    throw new UsageError('e2ee/file', 'the file is too large', { details: { maxBytes: limits.maxFileBytes } });
  }
  const segments = Math.max(1, Math.ceil(paddedSize / FILE_SEGMENT_BYTES));
  const lastSegmentBytes = paddedSize - (segments - 1) * FILE_SEGMENT_BYTES;
  const storedSize = segmentOffset(segments - 1) + lastSegmentBytes + sizes.tag;
  return { trueSize, paddedSize, segments, lastSegmentBytes, storedSize };
}

/** Where one segment lies, in the padded plaintext and in the stored file. */
export interface SegmentSpan {
  readonly index: number;
  readonly isLast: boolean;
  readonly plainOffset: number;
  readonly plainBytes: number;
  /** Of `plainBytes`, those that are content; the rest is padding. */
  readonly trueBytes: number;
  readonly storedOffset: number;
  readonly storedBytes: number;
}

/** @throws VerificationError `e2ee/file` for an index outside the file. */
export function segmentSpan(layout: FileLayout, index: number): SegmentSpan {
  if (!Number.isInteger(index) || index < 0 || index >= layout.segments) throw fileError();
  const isLast = index === layout.segments - 1;
  const plainOffset = index * FILE_SEGMENT_BYTES;
  const plainBytes = isLast ? layout.lastSegmentBytes : FILE_SEGMENT_BYTES;
  const trueBytes = Math.max(0, Math.min(plainBytes, layout.trueSize - plainOffset));
  const storedBytes = isLast ? plainBytes + sizes.tag : FILE_SEALED_SEGMENT_BYTES;
  return { index, isLast, plainOffset, plainBytes, trueBytes, storedOffset: segmentOffset(index), storedBytes };
}

/** The segments that hold the content bytes `[offset, offset + length)`. @throws VerificationError `e2ee/file` outside. */
export function segmentsOfRange(layout: FileLayout, offset: number, length: number): SegmentSpan[] {
  const end = offset + length;
  const isInside = Number.isSafeInteger(offset) && Number.isSafeInteger(end) && offset >= 0 && length >= 0;
  if (!isInside || end > layout.trueSize) throw fileError();
  if (length === 0) return [];
  const first = Math.floor(offset / FILE_SEGMENT_BYTES);
  const last = Math.floor((end - 1) / FILE_SEGMENT_BYTES);
  return Array.from({ length: last - first + 1 }, (_, i) => segmentSpan(layout, first + i));
}
