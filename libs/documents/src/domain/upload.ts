import {
  type AuthorityId,
  type CaseId,
  type CompartmentId,
  type DeviceId,
  limits,
  type PersonId,
  type UploadId,
} from '@rogatory/kernel';
import { FILE_HEADER_BYTES, FILE_SEALED_SEGMENT_BYTES, sizes } from '@rogatory/protocol';
import { wrongSize } from './documents.errors.js';

/** A file on its way, or arrived and not yet or already a document. */
export interface Upload {
  readonly uploadId: UploadId;
  readonly caseId: CaseId;
  readonly compartmentId: CompartmentId;
  readonly person: PersonId;
  readonly device: DeviceId;
  readonly authority: AuthorityId;
  /** Header and all sealed segments. */
  readonly sealedBytes: number;
  readonly isBound: boolean;
  readonly createdAtMs: number;
  /** When it becomes an orphan unless it is bound. */
  readonly expiresAtMs: number;
}

/** Sealed bytes of every part but the first, which carries the header too, and the last. */
export const PART_BYTES = limits.uploadPartSegments * FILE_SEALED_SEGMENT_BYTES;
const SMALLEST = FILE_HEADER_BYTES + sizes.tag;
const LARGEST =
  FILE_HEADER_BYTES + Math.ceil(limits.maxFileBytes / limits.fileSegmentBytes) * FILE_SEALED_SEGMENT_BYTES;

/** Where one part lies in the sealed file. */
export interface PartSpan {
  readonly index: number;
  readonly start: number;
  readonly end: number;
}

/** @throws RefusedError `documents/size` for a size that no sealed file has. */
export function checkSealedSize(sealedBytes: number): void {
  const body = sealedBytes - FILE_HEADER_BYTES;
  const last = body % FILE_SEALED_SEGMENT_BYTES;
  const isWhole = last === 0 || last >= sizes.tag;
  if (sealedBytes < SMALLEST || sealedBytes > LARGEST || !isWhole) throw wrongSize();
}

export function partCount(sealedBytes: number): number {
  return Math.max(1, Math.ceil((sealedBytes - FILE_HEADER_BYTES) / PART_BYTES));
}

/** @returns undefined for an index outside the file. */
export function partSpan(sealedBytes: number, index: number): PartSpan | undefined {
  if (!Number.isSafeInteger(index) || index < 0 || index >= partCount(sealedBytes)) return undefined;
  const start = index === 0 ? 0 : FILE_HEADER_BYTES + index * PART_BYTES;
  return { index, start, end: Math.min(sealedBytes, FILE_HEADER_BYTES + (index + 1) * PART_BYTES) };
}

/** The parts that hold the bytes `[start, end)`, each with the range of its own bytes that is wanted. */
export function partsOfRange(sealedBytes: number, start: number, end: number): readonly PartSpan[] {
  const first = partAt(start);
  const last = partAt(end - 1);
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const span = partSpan(sealedBytes, first + i) as PartSpan;
    return {
      index: span.index,
      start: Math.max(start, span.start) - span.start,
      end: Math.min(end, span.end) - span.start,
    };
  });
}

function partAt(offset: number): number {
  return offset < FILE_HEADER_BYTES ? 0 : Math.floor((offset - FILE_HEADER_BYTES) / PART_BYTES);
}
