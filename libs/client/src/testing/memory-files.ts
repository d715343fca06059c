import { concatBytes, toHex, UnavailableError } from '@rogatory/kernel';
import type { FederationWorld } from '@rogatory/pki/testing';
import { decodeSignedItem, FILE_HEADER_BYTES } from '@rogatory/protocol';
import type { ContentRequest, HttpFailure, PartUpload } from '../transport/transport.js';
import { Told } from './memory-cases.js';

interface StoredUpload {
  readonly compartmentId: string;
  readonly sealedBytes: number;
  readonly parts: Map<number, Uint8Array>;
}

/** Uploads and downloads of a server in memory, and the ways in which a network breaks them. */
export class MemoryFiles {
  readonly #federation: FederationWorld;
  readonly #documents = new Map<string, string>();
  readonly uploads = new Map<string, StoredUpload>();
  breakPart: (index: number) => boolean = () => false;
  /** Cuts a download off after so many bytes. */
  cutDownloadAt: number | undefined;

  constructor(federation: FederationWorld) {
    this.#federation = federation;
  }

  list() {
    return [...this.uploads].map(([id, upload]) => uploadOf(id, upload));
  }

  beginUpload(compartmentId: string, sealedBytes: number) {
    const id = toHex(this.#federation.random(16));
    this.uploads.set(id, { compartmentId, sealedBytes, parts: new Map() });
    return uploadOf(id, this.uploads.get(id) as StoredUpload);
  }

  /** Notes which upload a version of a document lies in. */
  addDocument(item: Uint8Array, uploadId: string): void {
    const upload = this.uploads.get(uploadId);
    if (upload === undefined || stored(upload).length !== upload.sealedBytes) throw new Told('documents/incomplete');
    const { header } = decodeSignedItem(item);
    this.#documents.set(`${header.objectId}:${header.version}`, uploadId);
  }

  openDocument(objectId: string, version: number) {
    const uploadId = this.#documents.get(`${objectId}:${version}`);
    const upload = uploadId === undefined ? undefined : this.uploads.get(uploadId);
    if (upload === undefined) throw new Told('access/refused');
    return { uploadId, sealedBytes: upload.sealedBytes, grant: 'grant', expiresAtMs: this.#federation.nowMs + 60_000 };
  }

  async putPart({ uploadId, index, bytes }: PartUpload): Promise<HttpFailure | undefined> {
    if (this.breakPart(index)) throw new UnavailableError('client/network', 'broken by the test');
    this.uploads.get(uploadId)?.parts.set(index, bytes.slice());
    return undefined;
  }

  async getContent({ uploadId, from, to }: ContentRequest): Promise<AsyncIterable<Uint8Array> | HttpFailure> {
    const upload = this.uploads.get(uploadId);
    if (upload === undefined) return { status: 404, code: 'access/refused' };
    const bytes = stored(upload).slice(from, to + 1);
    const cut = to >= FILE_HEADER_BYTES ? this.cutDownloadAt : undefined;
    return chunks(cut === undefined ? bytes : bytes.slice(0, cut));
  }
}

function uploadOf(uploadId: string, { compartmentId, sealedBytes, parts }: StoredUpload) {
  const count = Math.ceil((sealedBytes - FILE_HEADER_BYTES) / (32 * (2 ** 18 + 16)));
  const facts = { partBytes: 32 * (2 ** 18 + 16), parts: count, receivedParts: [...parts.keys()], expiresAtMs: 0 };
  return { uploadId, compartmentId, sealedBytes, ...facts };
}

function stored({ parts }: StoredUpload): Uint8Array {
  const ordered = [...parts].sort(([a], [b]) => a - b).map(([, bytes]) => bytes);
  return concatBytes(...ordered);
}

async function* chunks(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 50_000) yield bytes.slice(at, at + 50_000);
}
