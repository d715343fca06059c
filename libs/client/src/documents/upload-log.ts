import { type CompartmentId, idBytes, idFromBytes, type ObjectId, type UploadId } from '@rogatory/kernel';
import { decodeUploadJournal, encodeUploadJournal, type FileSecrets, type SourceMark } from '@rogatory/e2ee';
import { ByteReader, ByteWriter, sizes } from '@rogatory/protocol';
import type { SealedStore } from '../state/sealed-store.js';

/** One upload as it stands on disk before any byte of it leaves: its key, its source, its place in the case. */
export interface UploadPlan {
  readonly uploadId: UploadId;
  readonly compartmentId: CompartmentId;
  readonly objectId: ObjectId;
  readonly version: number;
  /** What names the source on this device. */
  readonly place: string;
  readonly source: SourceMark;
  readonly secrets: FileSecrets;
}

/** An upload that was begun, with the leaf hashes of each part that may have left. */
export interface BegunUpload {
  readonly plan: UploadPlan;
  readonly parts: readonly Uint8Array[];
}

const PREFIX = 'upload-';
const MAX_RECORD_BYTES = 64 * 1024;

function slotOf(uploadId: UploadId): string {
  return `${PREFIX}${uploadId}`;
}

/** The journals of open uploads. A part's leaf hashes are appended before the part is sent. */
export class UploadLog {
  readonly #store: SealedStore;

  constructor(store: SealedStore) {
    this.#store = store;
  }

  async begin(plan: UploadPlan): Promise<void> {
    await this.#store.append(slotOf(plan.uploadId), 0, encodePlan(plan));
  }

  /** @param index of the part; parts are noted in order. */
  async notePart(uploadId: UploadId, index: number, leaves: Uint8Array): Promise<void> {
    await this.#store.append(slotOf(uploadId), index + 1, leaves);
  }

  async end(uploadId: UploadId): Promise<void> {
    await this.#store.remove(slotOf(uploadId));
  }

  /** Uploads that were begun and neither finished nor given up. */
  async list(): Promise<BegunUpload[]> {
    const names = (await this.#store.list()).filter((name) => name.startsWith(PREFIX));
    const begun: BegunUpload[] = [];
    for (const name of names) {
      const [head, ...parts] = await this.#store.readRecords(name);
      if (head !== undefined) begun.push({ plan: decodePlan(head), parts });
    }
    return begun;
  }
}

/** Holds the file key: only ever written sealed. */
function encodePlan(plan: UploadPlan): Uint8Array {
  const { uploadId, compartmentId, objectId, version, place, source, secrets } = plan;
  const journal = encodeUploadJournal({ secrets, source, leaves: [], prefixHash: new Uint8Array(sizes.hash) });
  return new ByteWriter()
    .fixed(idBytes(uploadId), 16)
    .fixed(idBytes(compartmentId), 32)
    .fixed(idBytes(objectId), 16)
    .u32(version)
    .text16(place)
    .bytes16(journal)
    .finish();
}

function decodePlan(bytes: Uint8Array): UploadPlan {
  const reader = new ByteReader(bytes, MAX_RECORD_BYTES);
  const uploadId = idFromBytes<UploadId>(reader.fixed(16));
  const compartmentId = idFromBytes<CompartmentId>(reader.fixed(32));
  const objectId = idFromBytes<ObjectId>(reader.fixed(16));
  const version = reader.u32();
  const place = reader.text16();
  const { secrets, source } = decodeUploadJournal(reader.bytes16());
  reader.end();
  return { uploadId, compartmentId, objectId, version, place, source, secrets };
}
