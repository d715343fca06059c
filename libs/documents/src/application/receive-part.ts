import { accessRefused, type RequestContext } from '@rogatory/access';
import { databasePrincipalOf } from '@rogatory/audit';
import type { Memberships } from '@rogatory/cases';
import { type Clock, isRogatoryError, limits, type UploadId } from '@rogatory/kernel';
import type { PartSource } from '@rogatory/platform-blobs';
import type { SealedFiles } from './sealed-files.js';
import type { Database, Writer } from '@rogatory/platform-database';
import { partSpan, type Upload } from '../domain/upload.js';
import type { UploadStore } from './upload.store.js';

export interface ReceivePartParts {
  readonly database: Database;
  readonly uploads: Pick<UploadStore, 'find' | 'prolong'>;
  readonly memberships: Pick<Memberships, 'own'>;
  readonly files: Pick<SealedFiles, 'putPart' | 'delete'>;
  readonly clock: Clock;
}

/** One part as it comes in; `bytes` long. */
export interface ReceivedPart {
  readonly uploadId: UploadId;
  readonly index: number;
  readonly source: PartSource;
  readonly bytes: number;
}

/**
 * Stores one part of an upload. The act that is recorded is the upload's: a part carries sealed bytes that were
 * announced and counted there, and nobody reads them before the document's own act.
 */
export class ReceivePart {
  readonly #parts: ReceivePartParts;

  constructor(parts: ReceivePartParts) {
    this.#parts = parts;
  }

  /** How long part `index` has to be. @throws RefusedError `access/refused` unless the upload is the asker's and open. */
  async expected(ctx: RequestContext, uploadId: UploadId, index: number): Promise<number> {
    const upload = await this.#find(ctx, uploadId);
    const span = upload && partSpan(upload.sealedBytes, index);
    if (span === undefined) throw accessRefused('not-own');
    return span.end - span.start;
  }

  /**
   * A part that is there already is kept: the sender may ask again after a lost answer.
   * @throws as `BlobWriter.putPart`; RefusedError `access/refused` when the upload was given up meanwhile.
   */
  async run(ctx: RequestContext, { uploadId, index, ...part }: ReceivedPart): Promise<void> {
    try {
      await this.#parts.files.putPart(uploadId, index, part);
    } catch (error) {
      if (!isRogatoryError(error) || error.code !== 'blob/part-exists') throw error;
    }
    if (await this.#prolong(ctx, uploadId)) return;
    // Whoever removed the upload removed its bytes before this part was there, and nobody else would look for it.
    await this.#parts.files.delete(uploadId);
    throw accessRefused('not-own');
  }

  /** An upload is idle from its newest part on. @returns false when there is no such upload any more. */
  async #prolong(ctx: RequestContext, uploadId: UploadId): Promise<boolean> {
    const { database, uploads, clock } = this.#parts;
    const work = async (writer: Writer): Promise<boolean> => {
      const isOpen = await uploads.prolong(writer, uploadId, clock.nowMs() + limits.uploadIdleMs);
      return isOpen || (await uploads.find(writer, uploadId)) !== undefined;
    };
    return database.writeUnaudited(databasePrincipalOf(ctx.principal), work, { reason: 'upload/part' });
  }

  async #find(ctx: RequestContext, uploadId: UploadId): Promise<Upload | undefined> {
    const { database, uploads, memberships, clock } = this.#parts;
    const device = ctx.principal?.deviceId;
    if (device === undefined) throw accessRefused('no-session');
    return database.read(databasePrincipalOf(ctx.principal), async (reader) => {
      const upload = await uploads.find(reader, uploadId);
      if (upload === undefined || upload.isBound || upload.device !== device) return undefined;
      // A member who was removed meanwhile fills no more room.
      const membership = await memberships.own(reader, upload.compartmentId, { device, nowMs: clock.nowMs() });
      return membership && upload;
    });
  }
}
