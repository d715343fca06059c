import { Readable } from 'node:stream';
import { accessRefused, decide, type Principal, type RequestContext } from '@rogatory/access';
import { type AuditRecorder, databasePrincipalOf, nothingConcerned, systemActor } from '@rogatory/audit';
import type { Memberships } from '@rogatory/cases';
import {
  type AuthorityId,
  type Clock,
  type CompartmentId,
  isRogatoryError,
  newActId,
  type ObjectId,
  type RandomBytes,
  type UploadId,
} from '@rogatory/kernel';
import { auditObjectKinds } from '@rogatory/protocol';
import type { SealedFiles } from './sealed-files.js';
import type { Database } from '@rogatory/platform-database';
import type { WantedRange } from '../domain/byte-range.js';
import { storedBytesLost } from '../domain/documents.errors.js';
import { partsOfRange, type Upload } from '../domain/upload.js';
import type { DownloadGrants } from './download-grants.js';
import type { UploadStore } from './upload.store.js';

/** Tells of devices and persons that lose a compartment or their session, within `limits.cutOffMs`. */
export interface CutOffs {
  /** Calls `cut` once. @returns stops listening. */
  watch(
    who: Pick<Principal, 'deviceId' | 'personId' | 'sessionId'>,
    compartmentId: CompartmentId,
    cut: () => void,
  ): () => void;
}

export interface DeliverContentParts {
  readonly database: Database;
  readonly recorder: Pick<AuditRecorder, 'record'>;
  readonly uploads: Pick<UploadStore, 'find'>;
  readonly memberships: Pick<Memberships, 'own'>;
  readonly files: Pick<SealedFiles, 'readPart'>;
  readonly grants: DownloadGrants;
  readonly cutOffs: CutOffs;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

/** A file that may be handed out, and whose oversight body may review that it was. */
export interface AdmittedFile {
  readonly upload: Upload;
  readonly ownerAuthorityId: AuthorityId;
}

/** A running transfer of sealed bytes. */
export interface ContentDelivery {
  readonly range: WantedRange;
  readonly stream: Readable;
}

interface Transfer {
  readonly principal: Principal;
  readonly file: AdmittedFile;
  readonly range: WantedRange;
  readonly abort: AbortController;
}

/**
 * Hands out sealed bytes against a grant. Membership is looked at again before every part, a removal or revocation ends
 * the transfer at once, and a closing record says how much went out.
 */
export class DeliverContent {
  readonly #parts: DeliverContentParts;

  constructor(parts: DeliverContentParts) {
    this.#parts = parts;
  }

  /** The file behind a grant. @throws RefusedError `access/refused` for whatever the grant does not cover. */
  async admitted(ctx: RequestContext, uploadId: UploadId, grant: string): Promise<AdmittedFile> {
    const { grants, clock } = this.#parts;
    const { principal } = ctx;
    if (principal === undefined) throw accessRefused('no-session');
    if (!grants.isValid(grant, principal, { uploadId, nowMs: clock.nowMs() })) throw accessRefused('not-a-member');
    const file = await this.#readable(principal, uploadId);
    if (file === undefined) throw accessRefused('not-a-member');
    return file;
  }

  start(principal: Principal, file: AdmittedFile, range: WantedRange): ContentDelivery {
    const abort = new AbortController();
    const transfer: Transfer = { principal, file, range, abort };
    const stream = Readable.from(this.#bytes(transfer), { objectMode: false, signal: abort.signal });
    const stop = this.#parts.cutOffs.watch(principal, file.upload.compartmentId, () => abort.abort());
    stream.once('close', stop);
    // The transport sees the broken transfer; without a listener the abort would end the process.
    stream.on('error', () => undefined);
    return { range, stream };
  }

  async *#bytes(transfer: Transfer): AsyncGenerator<Uint8Array> {
    let sent = 0;
    const { upload } = transfer.file;
    const { range } = transfer;
    try {
      for (const part of partsOfRange(upload.sealedBytes, range.start, range.end)) {
        for await (const chunk of await this.#part(transfer, part)) {
          yield chunk;
          sent += chunk.length;
        }
      }
    } finally {
      await this.#close(transfer, sent);
    }
  }

  async #part(
    { principal, file: { upload }, abort }: Transfer,
    part: { index: number; start: number; end: number },
  ): Promise<AsyncIterable<Uint8Array>> {
    if (abort.signal.aborted || (await this.#readable(principal, upload.uploadId)) === undefined) {
      throw accessRefused('not-a-member');
    }
    return this.#stored(upload.uploadId, part);
  }

  /** Every part of a bound upload was there once, and whole: what is missing now was lost, and is no refusal. */
  async #stored(
    uploadId: UploadId,
    { index, start, end }: { index: number; start: number; end: number },
  ): Promise<AsyncIterable<Uint8Array>> {
    try {
      const stream = await this.#parts.files.readPart(uploadId, index, { start, end });
      if (stream !== undefined) return stream as AsyncIterable<Uint8Array>;
    } catch (error) {
      if (!isRogatoryError(error) || error.code !== 'blob/range') throw error;
      throw storedBytesLost(error);
    }
    throw storedBytesLost();
  }

  async #readable(principal: Principal, uploadId: UploadId): Promise<AdmittedFile | undefined> {
    const { database, uploads, memberships, clock } = this.#parts;
    return database.read(databasePrincipalOf(principal), async (reader) => {
      const upload = await uploads.find(reader, uploadId);
      if (upload === undefined || !upload.isBound) return undefined;
      const asker = { device: principal.deviceId, nowMs: clock.nowMs() };
      const own = await memberships.own(reader, upload.compartmentId, asker);
      const isAllowed = own && decide(principal, 'route.getUploadContent', { membership: own.facts }).isAllowed;
      return isAllowed === true ? { upload, ownerAuthorityId: own.head.ownerAuthorityId } : undefined;
    });
  }

  /** SPEC: audit 7: the record of a read is paired with one of its delivery. */
  async #close({ principal, file, range }: Transfer, sent: number): Promise<void> {
    const { upload, ownerAuthorityId } = file;
    const { database, recorder, clock, random } = this.#parts;
    const isWhole = sent === range.end - range.start;
    const recipient = {
      authorityId: principal.authorityId,
      personId: principal.personId,
      deviceId: principal.deviceId,
    };
    await database.write({ kind: 'job', job: 'document-delivery' }, (writer) =>
      recorder.record(writer, {
        id: newActId(clock, random),
        event: isWhole ? 'doc.delivered' : 'doc.aborted',
        outcome: isWhole ? 'allowed' : 'aborted',
        reasonCode: isWhole ? 'ok' : 'documents/aborted',
        who: systemActor,
        what: {
          ...nothingConcerned,
          caseId: upload.caseId,
          compartmentId: upload.compartmentId,
          ownerAuthorityId,
          objectKind: auditObjectKinds.upload,
          objectId: upload.uploadId as string as ObjectId,
          bytes: sent,
          count: 1,
          recipients: [recipient],
        },
      }),
    );
  }
}
