import type { UploadId } from '@rogatory/kernel';
import type { BlobPart, BlobStore, ByteRange, PartSource } from '@rogatory/platform-blobs';

/** The sealed bytes of uploads, by upload. Errors are those of the blob store. */
export interface SealedFiles {
  putPart(id: UploadId, index: number, part: { readonly source: PartSource; readonly bytes: number }): Promise<void>;
  /** Bytes of one part, or undefined when it is not there. */
  readPart(id: UploadId, index: number, range: ByteRange): ReturnType<BlobStore['readPart']>;
  listParts(id: UploadId): Promise<readonly BlobPart[]>;
  delete(id: UploadId): Promise<void>;
}
