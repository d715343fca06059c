import { randomUUID } from 'node:crypto';
import { type FileHandle, link, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { limits, RefusedError, UnavailableError, UsageError } from '@rogatory/kernel';
import {
  type BlobEntry,
  type BlobKey,
  type BlobPart,
  type BlobStore,
  type ByteRange,
  type PartSource,
  type PutPart,
  parseBlobKey,
} from './blob-store.js';

const PART_NAME = /^[0-9]{6}$/;
const SHARD_NAME = /^[0-9a-f]{2}$/;

function codeOf(error: unknown): string {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : '';
}

/** The typed error for a failed file operation; file names stay inside. */
function storageError(error: unknown): UnavailableError {
  const code = codeOf(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new UnavailableError('blob/no-space', 'the blob storage is full', { details: { code } });
  }
  return new UnavailableError('blob/unavailable', 'the blob storage failed', { details: { code } });
}

async function guarded<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw storageError(error);
  }
}

/** `undefined` when the path does not exist. */
async function ifExists<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw storageError(error);
  }
}

/** Makes new names in a folder durable. Windows has no such call and needs none. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function* chunksOf(source: PartSource): AsyncGenerator<Uint8Array> {
  if (source instanceof Uint8Array) yield source;
  else yield* source;
}

function wrongLength(wanted: number): RefusedError {
  return new RefusedError('blob/part-length', 'the part does not have the announced length', { details: { wanted } });
}

/**
 * Parts as files: `<folder>/objects/<first two digits>/<key>/<index>`. A part is written beside, made durable, and then
 * linked to its name, which fails when the name is taken.
 */
export class FolderBlobStore implements BlobStore {
  readonly #objects: string;
  readonly #incoming: string;

  private constructor(folder: string) {
    this.#objects = join(folder, 'objects');
    this.#incoming = join(folder, 'incoming');
  }

  /** Makes the folder, for this user only. @throws UnavailableError `blob/unavailable`. */
  static async open(folder: string): Promise<FolderBlobStore> {
    const store = new FolderBlobStore(folder);
    await guarded(mkdir(store.#objects, { recursive: true, mode: 0o700 }));
    await guarded(mkdir(store.#incoming, { recursive: true, mode: 0o700 }));
    await guarded(syncFolder(folder));
    return store;
  }

  async putPart({ key, index, source, bytes }: PutPart): Promise<void> {
    const target = this.#partPath(key, index);
    if (!Number.isSafeInteger(bytes) || bytes < 0 || bytes > limits.maxBlobPartBytes) {
      throw new UsageError('blob/part-length', 'a part is larger than the bound');
    }
    if (await this.has(key, index)) throw this.#exists(index);
    const draft = join(this.#incoming, randomUUID());
    try {
      await this.#write(draft, source, bytes);
      await this.#publish(draft, target, key, index);
    } finally {
      await guarded(rm(draft, { force: true }));
    }
  }

  async readPart(key: BlobKey, index: number, range?: ByteRange): Promise<Readable | undefined> {
    const handle = await ifExists(open(this.#partPath(key, index), 'r'));
    if (handle === undefined) return undefined;
    try {
      const { size } = await guarded(handle.stat());
      const { start, end } = range ?? { start: 0, end: size };
      if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || start > end || end > size) {
        throw new RefusedError('blob/range', 'the range lies outside the part', { details: { size } });
      }
      return await this.#stream(handle, start, end);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async listParts(key: BlobKey): Promise<readonly BlobPart[]> {
    const folder = this.#objectPath(key);
    const names = (await ifExists(readdir(folder))) ?? [];
    const parts: BlobPart[] = [];
    for (const name of names.filter((candidate) => PART_NAME.test(candidate)).sort()) {
      const found = await ifExists(stat(join(folder, name)));
      if (found !== undefined) parts.push({ index: Number(name), bytes: found.size });
    }
    return parts;
  }

  async has(key: BlobKey, index: number): Promise<boolean> {
    return (await ifExists(stat(this.#partPath(key, index)))) !== undefined;
  }

  async delete(key: BlobKey): Promise<void> {
    await guarded(rm(this.#objectPath(key), { recursive: true, force: true }));
  }

  async list({ after, limit }: { readonly after?: BlobKey; readonly limit: number }): Promise<readonly BlobEntry[]> {
    const entries: BlobEntry[] = [];
    const shards = (await guarded(readdir(this.#objects))).filter((name) => SHARD_NAME.test(name)).sort();
    for (const shard of shards) {
      if (after !== undefined && shard < after.slice(0, 2)) continue;
      const names = ((await ifExists(readdir(join(this.#objects, shard)))) ?? []).sort();
      for (const name of names) {
        if (after !== undefined && name <= after) continue;
        if (entries.length >= limit) return entries;
        const found = await ifExists(stat(join(this.#objects, shard, name)));
        if (found !== undefined) entries.push({ key: parseBlobKey(name), changedMs: found.mtimeMs });
      }
    }
    return entries;
  }

  async removeLeftovers(beforeMs: number): Promise<number> {
    let removed = 0;
    for (const name of await guarded(readdir(this.#incoming))) {
      const path = join(this.#incoming, name);
      const found = await ifExists(stat(path));
      if (found === undefined || found.mtimeMs >= beforeMs) continue;
      await guarded(rm(path, { force: true }));
      removed += 1;
    }
    return removed;
  }

  async #write(draft: string, source: PartSource, bytes: number): Promise<void> {
    const handle = await guarded(open(draft, 'wx', 0o600));
    try {
      let written = 0;
      for await (const chunk of chunksOf(source)) {
        written += chunk.length;
        if (written > bytes) throw wrongLength(bytes);
        await writeAll(handle, chunk);
      }
      if (written !== bytes) throw wrongLength(bytes);
      await guarded(handle.datasync());
    } finally {
      await handle.close();
    }
  }

  async #publish(draft: string, target: string, key: BlobKey, index: number): Promise<void> {
    const folder = this.#objectPath(key);
    await guarded(mkdir(folder, { recursive: true, mode: 0o700 }));
    try {
      await link(draft, target);
    } catch (error) {
      throw codeOf(error) === 'EEXIST' ? this.#exists(index) : storageError(error);
    }
    // A key's folders are new with its first part, whichever part that is.
    for (const changed of [folder, join(folder, '..'), this.#objects]) await guarded(syncFolder(changed));
  }

  async #stream(handle: FileHandle, start: number, end: number): Promise<Readable> {
    if (start === end) {
      await handle.close();
      return Readable.from([]);
    }
    // Its `end` is the last byte's place, not the one after it.
    return handle.createReadStream({ start, end: end - 1, highWaterMark: limits.blobReadChunkBytes });
  }

  #objectPath(key: BlobKey): string {
    const checked = parseBlobKey(key);
    return join(this.#objects, checked.slice(0, 2), checked);
  }

  #partPath(key: BlobKey, index: number): string {
    if (!Number.isSafeInteger(index) || index < 0 || index >= limits.maxBlobParts) {
      throw new UsageError('blob/part-index', 'a part has an index out of range');
    }
    return join(this.#objectPath(key), String(index).padStart(6, '0'));
  }

  #exists(index: number): RefusedError {
    return new RefusedError('blob/part-exists', 'the part is stored already', { details: { index } });
  }
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  let at = 0;
  while (at < chunk.length) {
    const { bytesWritten } = await guarded(handle.write(chunk, at, chunk.length - at));
    at += bytesWritten;
  }
}
