import { type AuditRecorder, nothingConcerned, systemActor } from '@rogatory/audit';
import { type Clock, newActId, type ObjectId, type RandomBytes } from '@rogatory/kernel';
import type { SealedFiles } from './sealed-files.js';
import type { Database } from '@rogatory/platform-database';
import { auditObjectKinds } from '@rogatory/protocol';
import type { Upload } from '../domain/upload.js';
import type { UploadStore } from './upload.store.js';

export interface RemoveOrphansParts {
  readonly database: Database;
  readonly recorder: Pick<AuditRecorder, 'record'>;
  readonly uploads: Pick<UploadStore, 'orphans' | 'removeExpired' | 'release'>;
  readonly files: Pick<SealedFiles, 'delete'>;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

const BATCH = 100;

/** Frees the room of uploads that nobody finished in `limits.uploadIdleMs`; each removal is recorded. */
export class RemoveOrphans {
  readonly #parts: RemoveOrphansParts;

  constructor(parts: RemoveOrphansParts) {
    this.#parts = parts;
  }

  /** @returns how many were removed in this pass, at most 100. */
  async run(): Promise<number> {
    const { database, uploads, clock } = this.#parts;
    const principal = { kind: 'job', job: 'document-cleanup' } as const;
    const orphans = await database.read(principal, (reader) => uploads.orphans(reader, clock.nowMs(), BATCH));
    let removed = 0;
    for (const upload of orphans) removed += (await this.#remove(upload)) ? 1 : 0;
    return removed;
  }

  /**
   * The row first: while it is there the upload may become a document, whose bytes have to stay. Bytes that are left over
   * when this process ends in between are strays, which `RemoveStrays` finds.
   */
  async #remove(upload: Upload): Promise<boolean> {
    const { files } = this.#parts;
    const isGone = await this.#removeRow(upload);
    if (isGone) await files.delete(upload.uploadId);
    return isGone;
  }

  #removeRow(upload: Upload): Promise<boolean> {
    const { database, recorder, uploads, clock, random } = this.#parts;
    return database.write({ kind: 'job', job: 'document-cleanup' }, async (writer) => {
      const isGone = await uploads.removeExpired(writer, upload.uploadId, clock.nowMs());
      if (isGone) await uploads.release(writer, { ...upload, bytes: upload.sealedBytes });
      const { caseId, compartmentId, sealedBytes } = upload;
      const objectId = upload.uploadId as string as ObjectId;
      const what = { caseId, compartmentId, objectKind: auditObjectKinds.upload, objectId, bytes: sealedBytes };
      await recorder.record(writer, {
        id: newActId(clock, random),
        event: 'doc.orphan.delete',
        outcome: 'allowed',
        reasonCode: 'ok',
        who: systemActor,
        what: { ...nothingConcerned, ...what, count: isGone ? 1 : 0 },
      });
      return isGone;
    });
  }
}
