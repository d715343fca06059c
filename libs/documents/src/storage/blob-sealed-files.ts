import type { UploadId } from '@rogatory/kernel';
import { type BlobPart, type BlobStore, type ByteRange, parseBlobKey, type PartSource } from '@rogatory/platform-blobs';
import type { SealedFiles, StoredFile, StoredFiles } from '../application/sealed-files.js';

/** Keeps the sealed bytes of an upload under the upload's own id, which the server made. */
export class BlobSealedFiles implements SealedFiles, StoredFiles {
  readonly #blobs: BlobStore;

  constructor(blobs: BlobStore) {
    this.#blobs = blobs;
  }

  putPart(id: UploadId, index: number, part: { readonly source: PartSource; readonly bytes: number }): Promise<void> {
    return this.#blobs.putPart({ key: parseBlobKey(id), index, ...part });
  }

  readPart(id: UploadId, index: number, range: ByteRange): ReturnType<BlobStore['readPart']> {
    return this.#blobs.readPart(parseBlobKey(id), index, range);
  }

  listParts(id: UploadId): Promise<readonly BlobPart[]> {
    return this.#blobs.listParts(parseBlobKey(id));
  }

  delete(id: UploadId): Promise<void> {
    return this.#blobs.delete(parseBlobKey(id));
  }

  async list({ after, limit }: Parameters<StoredFiles['list']>[0]): Promise<readonly StoredFile[]> {
    const from = after === undefined ? {} : { after: parseBlobKey(after) };
    const entries = await this.#blobs.list({ ...from, limit });
    return entries.map(({ key, changedMs }) => ({ uploadId: key as string as UploadId, changedMs }));
  }

  removeLeftovers(beforeMs: number): Promise<number> {
    return this.#blobs.removeLeftovers(beforeMs);
  }
}
