import { equalBytes, limits, type Secret } from '@rogatory/kernel';
import { openFileKey } from '@rogatory/crypto/seal';
import { sha256Stream } from '@rogatory/crypto/verify';
import { fileHeaderHash, type FileLayout, fileLayout, FileOpener, fileRoot, segmentsOfRange } from '@rogatory/e2ee';
import {
  decodeFileHeader,
  type DocumentManifest,
  FILE_HEADER_BOUND_BYTES,
  FILE_HEADER_BYTES,
} from '@rogatory/protocol';
import { unavailableError, verificationError } from '../client.errors.js';
import type { Gateway } from '../session/gateway.js';
import { httpError } from '../transport/answer.js';
import { isHttpFailure } from '../transport/transport.js';
import type { PartCipher, PartCiphers } from './cipher-pool.js';
import type { FileTarget, OnProgress } from './file-ports.js';
import { partCount, partSpan, splitLeaves } from './part-cipher.js';
import { asError } from './upload.js';

/** Leave to fetch the stored bytes for a minute, from the server. */
export interface DownloadGrant {
  readonly uploadId: string;
  readonly sealedBytes: number;
  readonly grant: string;
}

export interface DownloadParts {
  readonly gateway: Gateway;
  readonly ciphers: PartCiphers;
}

export interface DownloadRun {
  readonly grant: DownloadGrant;
  readonly manifest: DocumentManifest;
  readonly dek: Secret;
  readonly target: FileTarget;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

/** Parts in work at once. */
const WINDOW = 3;

/**
 * Fetches, opens and verifies a whole file into a target. Nothing gets its final name before the root over all stored
 * bytes and the hash of the content are those of the signed manifest. What an interrupted run wrote is used again after it
 * is sealed anew and found to give the same leaves.
 * @throws VerificationError `client/file`, `crypto/open`: the target is discarded; UnavailableError `client/interrupted`:
 * it is kept for a resume.
 */
export async function downloadFile(parts: DownloadParts, run: DownloadRun): Promise<readonly Uint8Array[]> {
  const { grant, manifest, dek } = run;
  const layout = fileLayout(manifest.trueSize);
  if (grant.sealedBytes !== layout.storedSize) throw verificationError('client/file');
  const header = await fetchHeader(parts.gateway, run);
  const segmentKey = segmentKeyOf(manifest, dek, header);
  const cipher = parts.ciphers(segmentKey, layout);
  try {
    return await new DownloadStream(parts, { run, layout, cipher }).run();
  } finally {
    await cipher.close();
    segmentKey.wipe();
  }
}

class DownloadStream {
  readonly #parts: DownloadParts;
  readonly #input: { readonly run: DownloadRun; readonly layout: FileLayout; readonly cipher: PartCipher };
  readonly #leaves: Uint8Array[] = [];
  readonly #hash = sha256Stream();
  #written: Promise<unknown> = Promise.resolve();
  #failure: Error | undefined;

  constructor(
    parts: DownloadParts,
    input: { readonly run: DownloadRun; readonly layout: FileLayout; readonly cipher: PartCipher },
  ) {
    this.#parts = parts;
    this.#input = input;
  }

  async run(): Promise<readonly Uint8Array[]> {
    const { run, layout } = this.#input;
    try {
      const first = await this.#resume();
      await this.#fetch(first);
      await this.#written;
      if (this.#failure !== undefined) throw this.#failure;
      const { manifest, target } = run;
      if (!equalBytes(fileRoot(this.#leaves), manifest.root)) throw verificationError('client/file');
      if (!equalBytes(this.#hash.digest(), manifest.plaintextHash)) throw verificationError('client/file');
      await target.truncate(layout.trueSize);
      await target.commit();
      return this.#leaves;
    } catch (error) {
      const isInterrupted = run.signal?.aborted === true || isPassing(error);
      await (isInterrupted ? run.target.close() : run.target.discard());
      throw error;
    }
  }

  /** Whole parts that an earlier run wrote: sealed anew, so that their leaves take part in the root. @returns the next. */
  async #resume(): Promise<number> {
    const { run, layout, cipher } = this.#input;
    const found = await run.target.size();
    let index = 0;
    for (; index < partCount(layout); index++) {
      const { contentOffset, contentBytes } = partSpan(layout, index);
      if (contentOffset + contentBytes > found) break;
      const content = await run.target.read(contentOffset, cipher.buffers.take(contentBytes));
      this.#hash.update(content);
      const { leaves, bytes } = await cipher.seal(index, content);
      cipher.buffers.give(bytes);
      this.#leaves.push(...splitLeaves(leaves));
    }
    await run.target.truncate(Math.min(found, partEnd(layout, index)));
    return index;
  }

  async #fetch(first: number): Promise<void> {
    const { run, layout, cipher } = this.#input;
    const parts = partCount(layout);
    if (first >= parts) return;
    const from = partSpan(layout, first).storedOffset;
    const chunks = await fetchRange(this.#parts.gateway, run, { from, to: layout.storedSize - 1 });
    const pieces = new Pieces(chunks);
    const open = new Set<Promise<void>>();
    for (let index = first; index < parts && this.#failure === undefined; index++) {
      run.signal?.throwIfAborted();
      const sealed = await pieces.takeInto(cipher.buffers.take(partSpan(layout, index).sealedBytes));
      const opened = cipher.open(index, sealed);
      const turn = Promise.all([opened, this.#written]).then(([part]) => this.#keep(index, part));
      const work = turn.catch((error: unknown) => {
        this.#failure ??= asError(error);
      });
      this.#written = work;
      open.add(work);
      void work.finally(() => open.delete(work));
      if (open.size >= WINDOW) await Promise.race(open);
    }
    await Promise.all(open);
    await pieces.end(this.#failure === undefined);
  }

  async #keep(index: number, part: { readonly content: Uint8Array; readonly leaves: Uint8Array }): Promise<void> {
    if (this.#failure !== undefined) return;
    const { run, layout, cipher } = this.#input;
    const { contentOffset, storedOffset, sealedBytes } = partSpan(layout, index);
    this.#leaves.push(...splitLeaves(part.leaves));
    this.#hash.update(part.content);
    await run.target.write(contentOffset, part.content);
    cipher.buffers.give(part.content);
    run.onProgress?.({ doneBytes: storedOffset + sealedBytes, totalBytes: layout.storedSize });
  }
}

function partEnd(layout: FileLayout, index: number): number {
  if (index === 0) return 0;
  const { contentOffset, contentBytes } = partSpan(layout, index - 1);
  return contentOffset + contentBytes;
}

function isPassing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'family' in error && error.family === 'unavailable';
}

export interface RangeRun {
  readonly grant: DownloadGrant;
  readonly manifest: DocumentManifest;
  readonly dek: Secret;
  /** Leaf hashes that were found to give the manifest's root. */
  readonly leaves: readonly Uint8Array[];
  readonly signal?: AbortSignal;
}

/**
 * Content bytes `[offset, offset + length)`, each segment checked against the manifest's root before any of it is given.
 * @throws VerificationError `e2ee/file`, `crypto/open`; UsageError `client/input` via the layout for a range outside.
 */
export async function* readRange(
  gateway: Gateway,
  run: RangeRun,
  range: { readonly offset: number; readonly length: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  const layout = fileLayout(run.manifest.trueSize);
  const spans = segmentsOfRange(layout, range.offset, range.length);
  const [first] = spans;
  const last = spans.at(-1);
  if (first === undefined || last === undefined) return;
  const header = await fetchHeader(gateway, run);
  const { fileId, headerHash } = run.manifest;
  const opener = new FileOpener({ header, headerHash, fileId, dek: run.dek, layout, leaves: run.leaves });
  const pieces = new Pieces(
    await fetchRange(gateway, run, { from: first.storedOffset, to: last.storedOffset + last.storedBytes - 1 }),
  );
  try {
    for (const span of spans) {
      const content = opener.openSegment(span.index, await pieces.take(span.storedBytes));
      const from = Math.max(0, range.offset - span.plainOffset);
      const to = Math.min(content.length, range.offset + range.length - span.plainOffset);
      yield content.slice(from, to);
    }
    await pieces.end(true);
  } finally {
    opener.wipe();
    await pieces.end(false);
  }
}

function segmentKeyOf(manifest: DocumentManifest, dek: Secret, header: Uint8Array): Secret {
  const { fileId, commit } = decodeFileHeader(header);
  const isOurs = equalBytes(fileHeaderHash(header), manifest.headerHash) && fileId === manifest.fileId;
  if (!isOurs) throw verificationError('client/file');
  return openFileKey(dek, header.slice(0, FILE_HEADER_BOUND_BYTES), commit);
}

type Fetching = { readonly grant: DownloadGrant; readonly signal?: AbortSignal };

async function fetchHeader(gateway: Gateway, run: Fetching): Promise<Uint8Array> {
  const pieces = new Pieces(await fetchRange(gateway, run, { from: 0, to: FILE_HEADER_BYTES - 1 }));
  const header = await pieces.take(FILE_HEADER_BYTES);
  await pieces.end(true);
  return header;
}

async function fetchRange(
  gateway: Gateway,
  { grant, signal }: Fetching,
  range: { readonly from: number; readonly to: number },
): Promise<AsyncIterable<Uint8Array>> {
  const { uploadId, grant: leave } = grant;
  const accessToken = await gateway.accessToken();
  const request = { uploadId, grant: leave, accessToken, ...range, ...(signal ? { signal } : {}) };
  const answer = await gateway.transport.getContent(request);
  if (isHttpFailure(answer)) throw httpError(answer);
  return answer;
}

/** Cuts a stream of chunks into pieces of wanted lengths. */
class Pieces {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest = new Uint8Array(0);
  #isEnded = false;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** @throws UnavailableError `client/interrupted` when the stream ends before. */
  take(length: number): Promise<Uint8Array> {
    const piece = new Uint8Array(length);
    return this.takeInto(piece);
  }

  /** As `take`, into bytes that are there. */
  async takeInto(piece: Uint8Array): Promise<Uint8Array> {
    let at = 0;
    while (at < piece.length) {
      if (this.#rest.length === 0) await this.#next();
      const used = Math.min(this.#rest.length, piece.length - at);
      piece.set(this.#rest.subarray(0, used), at);
      this.#rest = this.#rest.subarray(used);
      at += used;
    }
    return piece;
  }

  /** @param mustBeEmpty whether bytes behind the end are a fault. */
  async end(mustBeEmpty: boolean): Promise<void> {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const surplus = mustBeEmpty ? this.#rest.length > 0 || (await this.#chunks.next()).done !== true : false;
    await this.#chunks.return?.();
    if (surplus) throw verificationError('client/file');
  }

  async #next(): Promise<void> {
    const next = await this.#chunks.next();
    if (next.done === true) throw unavailableError('client/interrupted');
    const value: Uint8Array = next.value;
    if (value.length > limits.maxBlobPartBytes) throw verificationError('client/file');
    this.#rest = value as Uint8Array<ArrayBuffer>;
  }
}
