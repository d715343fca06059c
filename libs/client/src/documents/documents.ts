import {
  type CompartmentId,
  equalBytes,
  type FileId,
  idFromBytes,
  limits,
  type ObjectId,
  parseUploadId,
  type Secret,
  SHORT_ID_BYTES,
  type UploadId,
} from '@rogatory/kernel';
import {
  disclosedKinds,
  epochBook,
  fileLayout,
  type ItemScene,
  joinLeaves,
  makeFileSecrets,
  newestEpochRecord,
  unwrapDisclosedFileKey,
  unwrapFileKey,
  verifyLeaves,
  wrapFileKey,
} from '@rogatory/e2ee';
import {
  actSubjects,
  type DocumentManifest,
  encodeDocumentManifest,
  encodeWithdrawal,
  type HandlingLabels,
  itemClasses,
  type Member,
} from '@rogatory/protocol';
import { type Justification, sealJustification } from '../acts/justification.js';
import type { CaseParts } from '../cases/case-parts.js';
import type { Cases } from '../cases/cases.js';
import type { Compartment } from '../cases/compartment.js';
import { readItems, type UnreadableItem, unreadableItems } from '../cases/item-content.js';
import { type ItemTimes, timesOf } from '../cases/item-times.js';
import { newObjectId } from '../cases/item-posting.js';
import type { OpenCase } from '../cases/open-case.js';
import type { VerifiedItem } from '../cases/replica.js';
import { refusedError, usageError, verificationError } from '../client.errors.js';
import {
  beginUploadOperation,
  cancelUploadOperation,
  openDocumentOperation,
  uploadsOperation,
} from '../operations.generated.js';
import type { SealedStore } from '../state/sealed-store.js';
import { asFlag, asList, asText, asWhole } from '../transport/answer.js';
import type { PartCiphers } from './cipher-pool.js';
import { type DownloadGrant, downloadFile, readRange } from './download.js';
import type { FileSource, FileTarget, OnProgress } from './file-ports.js';
import { NoTarget } from './no-target.js';
import { partCount } from './part-cipher.js';
import { manifestOf } from './manifest.js';
import { hashOf } from './source-hash.js';
import { uploadFile } from './upload.js';
import { type BegunUpload, UploadLog, type UploadPlan } from './upload-log.js';
import { withdrawalsOf } from './withdrawals.js';

/** One version of a document: a verified, opened manifest. Its name is content: show it, never log it. */
export interface OpenDocument {
  readonly objectId: ObjectId;
  readonly version: number;
  readonly manifest: DocumentManifest;
  readonly author: Member;
  readonly item: VerifiedItem;
  /** The author's own time, UTC milliseconds. */
  readonly addedAtMs: number;
  readonly times: ItemTimes;
  /** Reason of the newest withdrawal that concerns this version; undefined while it stands. */
  readonly withdrawn: string | undefined;
}

export interface UploadDraft {
  /** By default the source's own name. */
  readonly name?: string;
  readonly mediaType?: string;
  readonly labels?: HandlingLabels;
  /** A further version of this document. */
  readonly versionOf?: ObjectId;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

export interface DownloadWish {
  readonly justification: Justification;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

const noLabels: HandlingLabels = { handling: 0, sourceEvaluation: 0, informationEvaluation: 0 };

export interface DocumentsParts {
  readonly cases: Cases;
  readonly caseParts: CaseParts;
  readonly store: SealedStore;
  readonly ciphers: PartCiphers;
}

/** Files of a compartment: sealed on this device in segments, named and keyed by a signed manifest. */
export class Documents {
  readonly #parts: DocumentsParts;
  readonly #log: UploadLog;

  constructor(parts: DocumentsParts) {
    this.#parts = parts;
    this.#log = new UploadLog(parts.store);
  }

  /** All versions that this device can open, in the order of the log. A manifest that does not fit its item is left out. */
  list(compartment: Compartment): OpenDocument[] {
    const withdrawals = withdrawalsOf(compartment);
    return readItems(compartment, itemClasses.document, manifestOf).map(({ item, content: manifest }) => {
      const { objectId, version, time } = item.signed.header;
      const withdrawn = withdrawals({ objectId, version, item });
      return {
        objectId,
        version,
        manifest,
        author: item.sender,
        item,
        addedAtMs: time.timeMs,
        times: timesOf(item),
        withdrawn,
      };
    });
  }

  /** Documents whose manifest their author made unreadable. */
  unreadable(compartment: Compartment): UnreadableItem[] {
    return unreadableItems(compartment, itemClasses.document, manifestOf);
  }

  /** The newest version, or the one named. @throws RefusedError `client/not-found`. */
  find(compartment: Compartment, objectId: ObjectId, version?: number): OpenDocument {
    const all = this.list(compartment).filter((document) => document.objectId === objectId);
    const found = version === undefined ? all.at(-1) : all.find((document) => document.version === version);
    if (found === undefined) throw refusedError('client/not-found');
    return found;
  }

  /**
   * Seals and stores a file, then posts its manifest. An upload of the same source that was interrupted goes on where it
   * stopped; a source that changed gets a new key.
   */
  async upload(open: OpenCase, id: CompartmentId, source: FileSource, draft: UploadDraft = {}): Promise<OpenDocument> {
    const name = draft.name ?? source.name;
    if (name === '' || [...name].length > limits.maxNameCharacters) throw usageError('client/input');
    const begun = await this.#resumable(open, id, source, draft);
    const accepted = begun && (await this.#accepted(open, id, begun.plan));
    if (accepted !== undefined) {
      const isSame = equalBytes(await hashOf(source), accepted.manifest.plaintextHash);
      return isSame ? accepted : this.upload(open, id, source, draft);
    }
    const plan = begun?.plan ?? (await this.#begin(open, id, source, draft));
    const received = begun === undefined ? new Set<number>() : await this.#received(plan.uploadId);
    if (received === undefined) {
      await this.#log.end(plan.uploadId);
      return this.upload(open, id, source, draft);
    }
    const { onProgress, signal } = draft;
    const run = {
      plan,
      source,
      earlier: begun?.parts ?? [],
      received,
      ...(onProgress && { onProgress }),
      ...(signal && { signal }),
    };
    const { gateway } = this.#parts.caseParts;
    try {
      const stored = await uploadFile({ gateway, log: this.#log, ciphers: this.#parts.ciphers }, run);
      const facts = {
        name,
        mediaType: draft.mediaType ?? 'application/octet-stream',
        labels: draft.labels ?? noLabels,
      };
      const item = await this.#post(open, id, { plan, manifest: { ...stored, ...facts } });
      await this.#log.end(plan.uploadId);
      return this.find(open.compartment(id), item.signed.header.objectId, plan.version);
    } catch (error) {
      if (!isSourceChanged(error)) throw error;
      await this.abandon(plan.uploadId);
      if (begun === undefined) throw error;
      return this.upload(open, id, source, draft);
    }
  }

  /** Uploads that were begun on this device and neither finished nor given up. */
  interrupted(): Promise<BegunUpload[]> {
    return this.#log.list();
  }

  /** Gives an upload up, here and at the server; its key is forgotten. */
  async abandon(uploadId: UploadId): Promise<void> {
    const call = { variables: { uploadId }, subject: actSubjects.cancelUpload(uploadId) };
    await this.#parts.caseParts.gateway.call(cancelUploadOperation, call, (data) => asFlag(data.cancelUpload));
    await this.#log.end(uploadId);
  }

  /** Withdraws a version, or with 0 all versions, with a reason for the members. */
  async withdraw(
    open: OpenCase,
    id: CompartmentId,
    withdrawal: { readonly objectId: ObjectId; readonly version: number; readonly reason: string },
  ): Promise<void> {
    const { objectId, version, reason } = withdrawal;
    if ([...reason].length > limits.maxJustificationCharacters) throw usageError('client/input');
    const plaintext = encodeWithdrawal({ objectId, version, reason });
    // The header names the version too: the server has to stop handing its bytes out.
    const item = { itemClass: itemClasses.withdrawal, objectId, version, plaintext };
    await this.#parts.cases.post(open, id, () => item);
  }

  /**
   * Fetches a whole document into a target, verified before it gets its final name; resumes an interrupted fetch.
   * The justification is signed, recorded by the server before a byte leaves, its text sealed to the oversight body.
   */
  async download(
    compartment: Compartment,
    document: OpenDocument,
    target: FileTarget,
    { justification, onProgress, signal }: DownloadWish,
  ): Promise<void> {
    const dek = this.#fileKey(compartment, document);
    try {
      const grant = await this.#grant(compartment, document, justification);
      const { gateway } = this.#parts.caseParts;
      const run = { grant, manifest: document.manifest, dek, target };
      const wishes = { ...(onProgress && { onProgress }), ...(signal && { signal }) };
      const leaves = await downloadFile({ gateway, ciphers: this.#parts.ciphers }, { ...run, ...wishes });
      await this.#parts.store.write(leavesSlot(document.manifest.fileId), joinLeaves(leaves));
    } finally {
      dek.wipe();
    }
  }

  /**
   * Content bytes of a range, each segment verified before any of it is given. The first range of a document that was never
   * fetched costs one pass over the stored bytes: its leaf hashes are needed to verify anything less than the whole.
   */
  async *read(
    compartment: Compartment,
    document: OpenDocument,
    { justification, signal, ...range }: DownloadWish & { readonly offset: number; readonly length: number },
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const { manifest } = document;
    const { offset, length } = range;
    const slot = leavesSlot(manifest.fileId);
    if ((await this.#parts.store.read(slot)) === undefined) {
      await this.download(compartment, document, new NoTarget(), { justification, ...(signal && { signal }) });
    }
    const joined = await this.#parts.store.read(slot);
    if (joined === undefined) throw verificationError('client/file');
    const leaves = verifyLeaves(manifest, joined);
    const dek = this.#fileKey(compartment, document);
    try {
      const grant = await this.#grant(compartment, document, justification);
      const run = { grant, manifest, dek, leaves, ...(signal && { signal }) };
      yield* readRange(this.#parts.caseParts.gateway, run, { offset, length });
    } finally {
      dek.wipe();
    }
  }

  async #resumable(
    open: OpenCase,
    id: CompartmentId,
    source: FileSource,
    { versionOf }: UploadDraft,
  ): Promise<BegunUpload | undefined> {
    const mark = await source.mark();
    const all = await this.#log.list();
    return all.find(({ plan }) => {
      const isHere = plan.compartmentId === id && open.has(id) && plan.place === source.place;
      const isSame = plan.source.size === mark.size && plan.source.modifiedMs === Math.floor(mark.modifiedMs);
      return isHere && isSame && (versionOf === undefined ? plan.version === 1 : plan.objectId === versionOf);
    });
  }

  async #begin(open: OpenCase, id: CompartmentId, source: FileSource, draft: UploadDraft): Promise<UploadPlan> {
    const { gateway } = this.#parts.caseParts;
    await this.#parts.cases.demandPostable(open, id, itemClasses.document);
    const { size, modifiedMs } = await source.mark();
    const layout = fileLayout(size);
    const objectId = draft.versionOf ?? newObjectId(gateway.random);
    const version =
      draft.versionOf === undefined ? 1 : this.find(open.compartment(id), draft.versionOf).manifest.version + 1;
    const secrets = makeFileSecrets(gateway.random, idFromBytes<FileId>(gateway.random(SHORT_ID_BYTES)));
    const variables = { compartmentId: id, sealedBytes: layout.storedSize };
    const call = { variables, subject: actSubjects.beginUpload(id) };
    const uploadId = await gateway.call(beginUploadOperation, call, ({ beginUpload }) => {
      if (asWhole(beginUpload.parts) !== partCount(layout)) throw verificationError('client/answer');
      return parseUploadId(asText(beginUpload.uploadId));
    });
    const mark = { size, modifiedMs: Math.floor(modifiedMs) };
    const plan = { uploadId, compartmentId: id, objectId, version, place: source.place, source: mark, secrets };
    await this.#log.begin(plan);
    return plan;
  }

  /** The document of an upload whose manifest was accepted although no answer came; nothing is left to do for that one. */
  async #accepted(open: OpenCase, id: CompartmentId, plan: UploadPlan): Promise<OpenDocument | undefined> {
    const compartment = open.compartment(id);
    await compartment.sync();
    const { deviceId } = this.#parts.caseParts.keys;
    const found = this.list(compartment).find(
      ({ manifest, author }) => manifest.fileId === plan.secrets.fileId && author.deviceId === deviceId,
    );
    if (found !== undefined) await this.#log.end(plan.uploadId);
    return found;
  }

  /**
   * The parts that the server says it has; to say so of one it lacks only spoils the document, which readers notice.
   * Undefined when it does not know the upload any more.
   */
  async #received(uploadId: UploadId): Promise<ReadonlySet<number> | undefined> {
    const call = { variables: {}, subject: actSubjects.listUploads() };
    const told = await this.#parts.caseParts.gateway.call(uploadsOperation, call, ({ uploads }) =>
      (asList(uploads, limits.maxOpenUploadsPerPerson), uploads).map((upload) => ({
        uploadId: parseUploadId(asText(upload.uploadId)),
        parts: asList(upload.receivedParts, limits.maxBlobParts).map(asWhole),
      })),
    );
    const found = told.find((upload) => upload.uploadId === uploadId);
    return found && new Set(found.parts);
  }

  #post(
    open: OpenCase,
    id: CompartmentId,
    stored: { readonly plan: UploadPlan; readonly manifest: Omit<DocumentManifest, 'wrappedKey'> },
  ): Promise<VerifiedItem> {
    const { plan, manifest } = stored;
    const draft = ({ state, keyring, random }: ItemScene) => {
      const wrap = { keyring, epoch: newestEpochRecord(state), binding: manifest };
      const wrappedKey = wrapFileKey(wrap, plan.secrets.dek, random);
      const plaintext = encodeDocumentManifest({ ...manifest, wrappedKey });
      return { itemClass: itemClasses.document, objectId: plan.objectId, version: plan.version, plaintext };
    };
    return this.#parts.cases.post(open, id, draft, { uploadId: plan.uploadId });
  }

  #fileKey(compartment: Compartment, { item, manifest }: OpenDocument): Secret {
    const epoch = epochBook(compartment.state).epoch(item.signed.header.epoch);
    if (epoch === undefined) throw refusedError('client/not-found');
    const { keyring } = compartment;
    if (keyring.canRead(epoch.epoch)) {
      return unwrapFileKey({ keyring, epoch, binding: manifest }, manifest.wrappedKey);
    }
    const disclosed = compartment.disclosedKey(disclosedKinds.file, item.itemHash);
    if (disclosed === undefined) throw refusedError('client/not-found');
    return unwrapDisclosedFileKey({ epoch, binding: manifest }, manifest.wrappedKey, disclosed.messageKey);
  }

  async #grant(
    { compartmentId }: Compartment,
    { objectId, version }: OpenDocument,
    justification: Justification,
  ): Promise<DownloadGrant> {
    const { gateway, directory, keys } = this.#parts.caseParts;
    await directory.syncWhenOld();
    const { deviceId, authorityId } = keys;
    const input = { deviceId, authorityId, view: directory.view, random: gateway.random };
    const reason = sealJustification(justification, input);
    const subject = actSubjects.openDocument(compartmentId, objectId, version);
    const call = { variables: { compartmentId, objectId, version }, subject, reason };
    return gateway.call(openDocumentOperation, call, ({ openDocument }) => ({
      uploadId: parseUploadId(asText(openDocument.uploadId)),
      sealedBytes: asWhole(openDocument.sealedBytes),
      grant: grantOf(openDocument.grant),
    }));
  }
}

const GRANT = /^[A-Za-z0-9._~+/=-]{1,2048}$/;

/** A grant goes into a header: anything else than its own characters is refused. */
function grantOf(value: unknown): string {
  const grant = asText(value);
  if (!GRANT.test(grant)) throw verificationError('client/answer');
  return grant;
}

function leavesSlot(fileId: FileId): string {
  return `leaves-${fileId}`;
}

function isSourceChanged(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'client/source-changed';
}
