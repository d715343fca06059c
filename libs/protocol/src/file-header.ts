import { CodecError, type FileId, idBytes, idFromBytes } from '@rogatory/kernel';
import { ByteReader, ByteWriter } from './codec.js';
import { sizes } from './purposes.js';

/** The 96-byte header in front of the sealed segments of a file, "ROGF" (docs/spec/files.md). */
export interface FileHeader {
  readonly fileId: FileId;
  readonly salt: Uint8Array;
  readonly commit: Uint8Array;
}

export const FILE_HEADER_BYTES = 96;
/** The part of the header that the segment key is derived from. */
export const FILE_HEADER_BOUND_BYTES = 64;
export const FILE_LOG2_SEGMENT = 18;
export const FILE_SEGMENT_BYTES = 2 ** FILE_LOG2_SEGMENT;
export const FILE_SEALED_SEGMENT_BYTES = FILE_SEGMENT_BYTES + sizes.tag;
const MAGIC = 'ROGF';
const VERSION = 1;
const SUITE = 1;

/** The first 64 bytes: everything but the commitment, which is derived from them. */
export function encodeFileHeaderBound(header: Pick<FileHeader, 'fileId' | 'salt'>): Uint8Array {
  return new ByteWriter()
    .raw(new TextEncoder().encode(MAGIC))
    .u8(VERSION)
    .u8(SUITE)
    .u8(FILE_LOG2_SEGMENT)
    .u8(0)
    .fixed(idBytes(header.fileId), 16)
    .fixed(header.salt, 32)
    .u64(0)
    .finish();
}

export function encodeFileHeader(header: FileHeader): Uint8Array {
  return new ByteWriter().raw(encodeFileHeaderBound(header)).fixed(header.commit, sizes.commitment).finish();
}

export function decodeFileHeader(bytes: Uint8Array): FileHeader {
  const reader = new ByteReader(bytes, FILE_HEADER_BYTES).magic(MAGIC);
  const fixed = [reader.u8(), reader.u8(), reader.u8(), reader.u8()];
  if (fixed[0] !== VERSION || fixed[1] !== SUITE || fixed[2] !== FILE_LOG2_SEGMENT || fixed[3] !== 0) {
    throw new CodecError('codec/unknown-value', 'unknown file version, suite, segment size or flag');
  }
  const fileId = idFromBytes<FileId>(reader.fixed(16));
  const salt = reader.fixed(32);
  if (reader.u64() !== 0) throw new CodecError('codec/unknown-value', 'reserved bytes are not zero');
  const commit = reader.fixed(sizes.commitment);
  reader.end();
  return { fileId, salt, commit };
}

/** Where sealed segment `index` begins in the stored file. */
export function segmentOffset(index: number): number {
  return FILE_HEADER_BYTES + index * FILE_SEALED_SEGMENT_BYTES;
}
