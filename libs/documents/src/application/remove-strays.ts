import { type AuditRecorder, nothingConcerned, systemActor } from '@rogatory/audit';
import { type Clock, limits, newActId, type ObjectId, type RandomBytes, type UploadId } from '@rogatory/kernel';
import type { Database } from '@rogatory/platform-database';
import { auditObjectKinds } from '@rogatory/protocol';
import type { SealedFiles, StoredFiles } from './sealed-files.js';
import type { UploadStore } from './upload.store.js';

export interface RemoveStraysParts {
  readonly database: Database;
  readonly recorder: Pick<AuditRecorder, 'record'>;
  readonly uploads: Pick<UploadStore, 'known'>;
  readonly files: StoredFiles & Pick<SealedFiles, 'delete'>;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

/** Files looked at in one pass; with a pass every ten minutes, a million in a week. */
const PAGE = 1_000;
const principal = { kind: 'job', job: 'document-cleanup' } as const;

/**
 * Removes stored bytes behind which no upload stands: what was left over when a process ended between a row and its bytes.
 * Nothing that changed within `limits.uploadIdleMs`, so that whoever restored an older database has a day to notice.
 */
export class RemoveStrays {
  readonly #parts: RemoveStraysParts;
  #after: UploadId | undefined;

  constructor(parts: RemoveStraysParts) {
    this.#parts = parts;
  }

  /** One page, going on where the last pass ended. @returns how many files were removed; each removal is recorded. */
  async run(): Promise<number> {
    const { database, uploads, files, clock } = this.#parts;
    const beforeMs = clock.nowMs() - limits.uploadIdleMs;
    await files.removeLeftovers(beforeMs);
    const page = await files.list({ ...(this.#after && { after: this.#after }), limit: PAGE });
    const old = page.filter(({ changedMs }) => changedMs < beforeMs).map(({ uploadId }) => uploadId);
    const known = await database.read(principal, (reader) => uploads.known(reader, old));
    const strays = old.filter((uploadId) => !known.has(uploadId));
    for (const uploadId of strays) await this.#remove(uploadId);
    this.#after = page.length < PAGE ? undefined : page.at(-1)?.uploadId;
    return strays.length;
  }

  async #remove(uploadId: UploadId): Promise<void> {
    const { database, recorder, files, clock, random } = this.#parts;
    await files.delete(uploadId);
    const objectId = uploadId as string as ObjectId;
    await database.write(principal, (writer) =>
      recorder.record(writer, {
        id: newActId(clock, random),
        event: 'doc.orphan.delete',
        outcome: 'allowed',
        reasonCode: 'ok',
        who: systemActor,
        what: {
          ...nothingConcerned,
          objectKind: auditObjectKinds.upload,
          objectId,
          count: 0,
          detail: 'without an upload',
        },
      }),
    );
  }
}
