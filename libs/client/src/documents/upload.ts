import { equalBytes, isRogatoryError, type RefusedError, type UploadId } from '@rogatory/kernel';
import { fileKey } from '@rogatory/crypto/seal';
import { sha256Stream } from '@rogatory/crypto/verify';
import { fileHeaderHash, type FileLayout, fileLayout, fileRoot } from '@rogatory/e2ee';
import { type DocumentManifest, encodeFileHeader, encodeFileHeaderBound } from '@rogatory/protocol';
import { refusedError } from '../client.errors.js';
import type { Gateway } from '../session/gateway.js';
import { httpError } from '../transport/answer.js';
import type { PartCipher, PartCiphers } from './cipher-pool.js';
import type { FileSource, OnProgress } from './file-ports.js';
import { partCount, partSpan, type SealedPart, splitLeaves } from './part-cipher.js';
import type { UploadLog, UploadPlan } from './upload-log.js';

export interface UploadParts {
  readonly gateway: Gateway;
  readonly log: UploadLog;
  readonly ciphers: PartCiphers;
}

export interface UploadRun {
  readonly plan: UploadPlan;
  readonly source: FileSource;
  /** Leaf hashes of parts that may have left in an earlier run. */
  readonly earlier: readonly Uint8Array[];
  /** Parts that the server has whole. */
  readonly received: ReadonlySet<number>;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

/** What the manifest says of the stored bytes, once all of them are stored. */
export type StoredFile = Pick<
  DocumentManifest,
  'fileId' | 'version' | 'trueSize' | 'segments' | 'root' | 'headerHash' | 'plaintextHash'
>;

/** Parts in work at once: read, sealed or on the wire. Each holds at most about 16 MiB. */
const WINDOW = 3;
const MAX_TRIES = 4;

/**
 * Seals a source part by part and stores the parts, several at a time, in bounded memory. A part's leaf hashes are on disk
 * before it leaves. In a resumed run every part that may have left is sealed again and must come out the same.
 * @throws RefusedError `client/source-changed`: the key is spent, begin anew with another.
 */
export async function uploadFile(parts: UploadParts, run: UploadRun): Promise<StoredFile> {
  const { plan, source } = run;
  const layout = fileLayout(plan.source.size);
  const { segmentKey, commit } = fileKey(plan.secrets.dek, encodeFileHeaderBound(plan.secrets));
  const header = encodeFileHeader({ ...plan.secrets, commit });
  const cipher = parts.ciphers(segmentKey, layout);
  try {
    const stream = new UploadStream(parts, { run, layout, header, cipher });
    const { leaves, plaintextHash } = await stream.run();
    requireSame(plan, await source.mark());
    const { trueSize, segments } = layout;
    const tree = { root: fileRoot(leaves), headerHash: fileHeaderHash(header) };
    return { fileId: plan.secrets.fileId, version: plan.version, trueSize, segments, ...tree, plaintextHash };
  } finally {
    await cipher.close();
    segmentKey.wipe();
  }
}

interface StreamInput {
  readonly run: UploadRun;
  readonly layout: FileLayout;
  readonly header: Uint8Array;
  readonly cipher: PartCipher;
}

/** One pass over the source. */
class UploadStream {
  readonly #parts: UploadParts;
  readonly #input: StreamInput;
  readonly #leaves: Uint8Array[] = [];
  readonly #hash = sha256Stream();
  /** Notes and sends go out in order of the parts. */
  #noted: Promise<unknown> = Promise.resolve();
  #sentBytes = 0;
  #failure: Error | undefined;

  constructor(parts: UploadParts, input: StreamInput) {
    this.#parts = parts;
    this.#input = input;
  }

  async run(): Promise<{ readonly leaves: readonly Uint8Array[]; readonly plaintextHash: Uint8Array }> {
    const { run, layout, cipher } = this.#input;
    requireSame(run.plan, await run.source.mark());
    const open = new Set<Promise<void>>();
    for (let index = 0; index < partCount(layout) && this.#failure === undefined; index++) {
      run.signal?.throwIfAborted();
      const { contentOffset, contentBytes } = partSpan(layout, index);
      const content = await run.source.read(contentOffset, cipher.buffers.take(contentBytes));
      this.#hash.update(content);
      const work = this.#carry(index, content).catch((error: unknown) => {
        this.#failure ??= asError(error);
      });
      open.add(work);
      void work.finally(() => open.delete(work));
      if (open.size >= WINDOW) await Promise.race(open);
    }
    await Promise.all(open);
    if (this.#failure !== undefined) throw this.#failure;
    return { leaves: this.#leaves, plaintextHash: this.#hash.digest() };
  }

  async #carry(index: number, content: Uint8Array): Promise<void> {
    const { cipher, header, run } = this.#input;
    // The turn is taken before the first wait: of several threads, any may be done first.
    const before = this.#noted;
    const turn = cipher.seal(index, content).then(async (sealed) => {
      await before;
      await this.#note(index, sealed);
      return sealed;
    });
    this.#noted = turn.catch(() => undefined);
    const sealed = await turn;
    if (index === 0) sealed.bytes.set(header);
    if (!run.received.has(index)) await this.#send(index, sealed.bytes);
    this.#sentBytes += sealed.bytes.length;
    cipher.buffers.give(sealed.bytes);
    run.onProgress?.({ doneBytes: this.#sentBytes, totalBytes: this.#input.layout.storedSize });
  }

  /** SPEC: files 6: before bytes leave, their leaf hashes are on disk; what may have left before must come out the same. */
  async #note(index: number, { leaves }: SealedPart): Promise<void> {
    const { run } = this.#input;
    const before = run.earlier[index];
    if (before !== undefined && !equalBytes(before, leaves)) throw sourceChanged();
    if (this.#failure !== undefined) throw this.#failure;
    if (before === undefined) await this.#parts.log.notePart(run.plan.uploadId, index, leaves);
    this.#leaves.push(...splitLeaves(leaves));
  }

  async #send(index: number, bytes: Uint8Array): Promise<void> {
    const { uploadId } = this.#input.run.plan;
    for (let tries = 1; ; tries++) {
      this.#input.run.signal?.throwIfAborted();
      try {
        return await putPart(this.#parts.gateway, { uploadId, index, bytes });
      } catch (error) {
        const isPassing = isRogatoryError(error) && error.family === 'unavailable' && tries < MAX_TRIES;
        if (!isPassing) throw error;
      }
    }
  }
}

async function putPart(
  gateway: Gateway,
  part: { readonly uploadId: UploadId; readonly index: number; readonly bytes: Uint8Array },
): Promise<void> {
  const failure = await gateway.transport.putPart({ ...part, accessToken: await gateway.accessToken() });
  if (failure !== undefined) throw httpError(failure);
}

/** SPEC: files 6: any mismatch with what was sent or is in flight means a new DEK. */
function requireSame(plan: UploadPlan, now: UploadPlan['source']): void {
  if (now.size !== plan.source.size || now.modifiedMs !== plan.source.modifiedMs) throw sourceChanged();
}

/** What was thrown, as an error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error || isRogatoryError(thrown) ? thrown : new Error('not an error', { cause: thrown });
}

function sourceChanged(): RefusedError {
  return refusedError('client/source-changed');
}
