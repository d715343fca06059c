import { accessRefused, type RequestContext } from '@rogatory/access';
import type { ActRunner, Acted } from '@rogatory/audit';
import { sha256 } from '@rogatory/crypto/verify';
import type { UploadId } from '@rogatory/kernel';
import { auditObjectKinds } from '@rogatory/protocol';
import type { SealedFiles } from './sealed-files.js';
import type { Writer } from '@rogatory/platform-database';
import { alreadyBound, uploadIncomplete, wrongItem } from '../domain/documents.errors.js';
import { partCount, partSpan, type Upload } from '../domain/upload.js';
import { type DocumentItem, type DocumentLog, isPlaced, type MovedHead, type PlacedDocument } from './document-log.js';
import type { UploadStore } from './upload.store.js';

export interface AddDocumentParts {
  readonly runner: Pick<ActRunner, 'run'>;
  readonly uploads: UploadStore;
  readonly blobs: Pick<SealedFiles, 'listParts'>;
  readonly log: DocumentLog;
}

/** A finished upload becomes a version of a document: item in the log and bytes bound to it, in one transaction. */
export class AddDocument {
  readonly #parts: AddDocumentParts;

  constructor(parts: AddDocumentParts) {
    this.#parts = parts;
  }

  /**
   * @throws RefusedError `access/refused`, `documents/incomplete`, `documents/bound`; VerificationError
   * `documents/item`; whatever the chain's rules throw.
   */
  async run(ctx: RequestContext, bytes: Uint8Array, uploadId: UploadId): Promise<Acted<PlacedDocument | MovedHead>> {
    const { runner, log } = this.#parts;
    // Bytes on disk are looked at before a transaction is open; binding decides.
    const stored = await this.#storedParts(uploadId);
    return runner.run(ctx, 'mutation.addDocument', () => {
      const item = log.parse(bytes);
      return {
        ...item.subject,
        facts: (reader) => log.facts(reader, ctx, item),
        perform: async (writer, act) => {
          if (act === undefined) throw accessRefused('no-session');
          const upload = await this.#ownUpload(ctx, writer, uploadId);
          if (upload.compartmentId !== item.compartmentId) throw wrongItem();
          requireComplete(upload, stored);
          const placed = await log.place(writer, ctx, item, act);
          if (isPlaced(placed)) await this.#bind(writer, { upload, item, actId: act.act.actId });
          return { result: placed, what: whatOf(item, upload) };
        },
      };
    });
  }

  async #ownUpload(ctx: RequestContext, writer: Writer, uploadId: UploadId): Promise<Upload> {
    const upload = await this.#parts.uploads.find(writer, uploadId);
    if (upload === undefined || upload.device !== ctx.principal?.deviceId) throw accessRefused('not-own');
    return upload;
  }

  async #bind(
    writer: Writer,
    { upload, item, actId }: { upload: Upload; item: DocumentItem; actId: Parameters<UploadStore['bind']>[3] },
  ): Promise<void> {
    if (!(await this.#parts.uploads.bind(writer, upload.uploadId, item, actId))) throw alreadyBound();
  }

  async #storedParts(uploadId: UploadId): Promise<ReadonlyMap<number, number>> {
    const parts = await this.#parts.blobs.listParts(uploadId);
    return new Map(parts.map(({ index, bytes }) => [index, bytes]));
  }
}

function requireComplete(upload: Upload, stored: ReadonlyMap<number, number>): void {
  let missing = 0;
  for (let index = 0; index < partCount(upload.sealedBytes); index++) {
    const span = partSpan(upload.sealedBytes, index);
    if (span === undefined || stored.get(index) !== span.end - span.start) missing++;
  }
  if (missing > 0) throw uploadIncomplete(missing);
}

function whatOf(item: DocumentItem, upload: Upload) {
  const { caseId, compartmentId, objectId, version, bytes } = item;
  const objectHash = sha256(bytes);
  return {
    ...{ caseId, compartmentId, objectId, version, objectHash },
    objectKind: auditObjectKinds.file,
    bytes: upload.sealedBytes,
    count: 1,
  };
}
