import { accessRefused, type RequestContext } from '@rogatory/access';
import type { ActPlan, ActRunner } from '@rogatory/audit';
import {
  type Answered,
  answered,
  type CompartmentReader,
  type ContentLogWriter,
  isRepeated,
  type MovedHead,
  parseItem,
  type ParsedItem,
  type PlacedItem,
  postedEarlier,
} from '@rogatory/cases';
import { hash } from '@rogatory/crypto/verify';
import type { Clock, UploadId } from '@rogatory/kernel';
import { auditObjectKinds, contexts, itemClasses } from '@rogatory/protocol';
import { type Database, type Writer } from '@rogatory/platform-database';
import { databasePrincipalOf } from '@rogatory/audit';
import { alreadyBound, uploadIncomplete, wrongItem } from '../domain/documents.errors.js';
import { partCount, partSpan, type Upload } from '../domain/upload.js';
import type { SealedFiles } from './sealed-files.js';
import type { UploadStore } from './upload.store.js';

export interface AddDocumentParts {
  readonly database: Pick<Database, 'read'>;
  readonly acts: Pick<ActRunner, 'run' | 'promisedBefore'>;
  readonly uploads: UploadStore;
  readonly files: Pick<SealedFiles, 'listParts'>;
  readonly logWriter: Pick<ContentLogWriter, 'facts' | 'place'>;
  readonly compartments: Pick<CompartmentReader, 'placedBy'>;
  readonly clock: Clock;
}

/** What became of a document item. */
export type AddOutcome =
  | ({ readonly kind: 'posted' } & PlacedItem)
  | { readonly kind: 'stale'; readonly head: MovedHead };

/** A finished upload becomes a version of a document: item in the log and bytes bound to it, in one transaction. */
export class AddDocument {
  readonly #parts: AddDocumentParts;

  constructor(parts: AddDocumentParts) {
    this.#parts = parts;
  }

  /**
   * An act that came before with effect is answered with that effect.
   * @throws RefusedError `access/refused`, `documents/incomplete`, `documents/bound`; VerificationError
   * `documents/item`; CodecError; whatever the chain's rules throw.
   */
  async run(ctx: RequestContext, bytes: Uint8Array, uploadId: UploadId): Promise<Answered<AddOutcome>> {
    // Bytes on disk are looked at before a transaction is open; binding decides.
    const stored = await this.#storedParts(uploadId);
    try {
      return answered(
        await this.#parts.acts.run(ctx, 'mutation.addDocument', () => this.#plan(ctx, bytes, { uploadId, stored })),
      );
    } catch (error) {
      const earlier = isRepeated(error) ? await this.#earlier(ctx) : undefined;
      if (earlier === undefined) throw error;
      return earlier;
    }
  }

  #plan(ctx: RequestContext, bytes: Uint8Array, { uploadId, stored }: SentFile): ActPlan<AddOutcome> {
    const { logWriter } = this.#parts;
    const item = parseItem(bytes);
    if (item.header.itemClass !== itemClasses.document) throw wrongItem();
    return {
      ...item.subject,
      facts: (reader) => logWriter.facts(reader, ctx, item),
      perform: async (writer, act) => {
        if (act === undefined) throw accessRefused('no-session');
        const upload = await this.#ownUpload(ctx, writer, uploadId);
        if (upload.compartmentId !== item.header.compartmentId) throw wrongItem();
        requireComplete(upload, stored);
        const placed = await logWriter.place(writer, item, act);
        if ('refusal' in placed) return { result: { kind: 'stale', head: placed.head }, refusal: placed.refusal };
        const isBound = await this.#parts.uploads.bind(writer, uploadId, item.header, act.act.actId);
        if (!isBound) throw alreadyBound();
        return { result: { kind: 'posted', ...placed }, what: whatOf(item, upload) };
      },
    };
  }

  async #ownUpload(ctx: RequestContext, writer: Writer, uploadId: UploadId): Promise<Upload> {
    const upload = await this.#parts.uploads.find(writer, uploadId);
    if (upload === undefined || upload.device !== ctx.principal?.deviceId) throw accessRefused('not-own');
    // What has expired may be removed at any moment, and is as good as gone.
    if (!upload.isBound && upload.expiresAtMs <= this.#parts.clock.nowMs()) throw accessRefused('not-own');
    return upload;
  }

  async #storedParts(uploadId: UploadId): Promise<ReadonlyMap<number, number>> {
    const parts = await this.#parts.files.listParts(uploadId);
    return new Map(parts.map(({ index, bytes }) => [index, bytes]));
  }

  async #earlier(ctx: RequestContext): Promise<Answered<AddOutcome> | undefined> {
    const reading = databasePrincipalOf(ctx.principal);
    return this.#parts.database.read(reading, (reader) => postedEarlier(reader, ctx, this.#parts));
  }
}

interface SentFile {
  readonly uploadId: UploadId;
  readonly stored: ReadonlyMap<number, number>;
}

function requireComplete(upload: Upload, stored: ReadonlyMap<number, number>): void {
  let missing = 0;
  for (let index = 0; index < partCount(upload.sealedBytes); index++) {
    const span = partSpan(upload.sealedBytes, index);
    if (span === undefined || stored.get(index) !== span.end - span.start) missing++;
  }
  if (missing > 0) throw uploadIncomplete(missing);
}

function whatOf({ bytes }: ParsedItem, upload: Upload) {
  const objectHash = hash(contexts.itemHash, bytes);
  return { objectHash, objectKind: auditObjectKinds.file, bytes: upload.sealedBytes, count: 1 };
}
