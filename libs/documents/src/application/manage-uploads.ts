import { accessRefused, type RequestContext } from '@rogatory/access';
import type { ActRunner, Acted } from '@rogatory/audit';
import { limits, type UploadId } from '@rogatory/kernel';
import type { SealedFiles } from './sealed-files.js';
import { actSubjects, auditObjectKinds } from '@rogatory/protocol';
import { partSpan, type Upload } from '../domain/upload.js';
import type { UploadStore } from './upload.store.js';

/** An unfinished upload with the parts that arrived. */
export interface UploadProgress {
  readonly upload: Upload;
  readonly receivedParts: readonly number[];
}

export interface ManageUploadsParts {
  readonly acts: Pick<ActRunner, 'run'>;
  readonly uploads: UploadStore;
  readonly files: Pick<SealedFiles, 'listParts' | 'delete'>;
}

/** One's own unfinished uploads: to resume them, or to give them up. */
export class ManageUploads {
  readonly #parts: ManageUploadsParts;

  constructor(parts: ManageUploadsParts) {
    this.#parts = parts;
  }

  async list(ctx: RequestContext): Promise<Acted<readonly UploadProgress[]>> {
    const { acts, uploads } = this.#parts;
    const acted = await acts.run(ctx, 'query.uploads', () => ({
      ...actSubjects.listUploads(),
      facts: () => Promise.resolve({ isOwn: true }),
      perform: async (writer) => {
        if (ctx.principal === undefined) throw accessRefused('no-session');
        const open = await uploads.openOf(writer, ctx.principal.personId, limits.maxOpenUploadsPerPerson);
        return { result: open, what: { objectKind: auditObjectKinds.upload, count: open.length } };
      },
    }));
    return { ...acted, result: await Promise.all(acted.result.map((upload) => this.progressOf(upload))) };
  }

  /** Only parts of the right length count: a part is stored whole or not at all. */
  async progressOf(upload: Upload): Promise<UploadProgress> {
    const parts = await this.#parts.files.listParts(upload.uploadId);
    const receivedParts = parts.filter(({ index }) => partSpan(upload.sealedBytes, index)).map(({ index }) => index);
    return { upload, receivedParts };
  }

  async cancel(ctx: RequestContext, uploadId: UploadId): Promise<Acted<boolean>> {
    const { acts, uploads, files } = this.#parts;
    const acted = await acts.run(ctx, 'mutation.cancelUpload', () => ({
      ...actSubjects.cancelUpload(uploadId),
      facts: async (reader) => ({ isOwn: (await uploads.find(reader, uploadId))?.person === ctx.principal?.personId }),
      perform: async (writer) => {
        const upload = await uploads.find(writer, uploadId);
        if (upload === undefined || !(await uploads.remove(writer, uploadId))) throw accessRefused('not-own');
        await uploads.release(writer, { ...upload, bytes: upload.sealedBytes });
        return { result: true, what: { objectKind: auditObjectKinds.upload, caseId: upload.caseId } };
      },
    }));
    // Bytes without a row are orphans; if this fails, the clean-up takes them.
    await files.delete(uploadId);
    return acted;
  }
}
