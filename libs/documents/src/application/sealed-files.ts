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

/** What is stored, whether an upload stands behind it or not. */
export interface StoredFiles {
  /** In order of their ids, after `after`, at most `limit`; with the time of the last part that came or went. */
  list(options: { readonly after?: UploadId; readonly limit: number }): Promise<readonly StoredFile[]>;
  /** Removes what interrupted requests left behind before `beforeMs`. @returns how many were removed. */
  removeLeftovers(beforeMs: number): Promise<number>;
}

export interface StoredFile {
  readonly uploadId: UploadId;
  readonly changedMs: number;
}
