import { createReadStream } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import type { KeptReceipt, LogSource } from '@rogatory/evidence';
import { limits, RefusedError, UnavailableError } from '@rogatory/kernel';

const MAX_NOTE_FILE_BYTES = 256 * 1024;
/** A full bundle of the largest entries; the largest file of a log. */
const MAX_TILE_BYTES = 256 * (limits.maxLogEntryBytes + 2);
const MAX_RECEIPTS = 1_000_000;
const CHUNK_BYTES = 256 * 1024;

/** @throws UnavailableError `verify/file` when it cannot be read; RefusedError `verify/too-large`. */
export async function readBounded(path: string, maxBytes: number): Promise<Uint8Array> {
  const bytes = await readIfThere(path, maxBytes);
  if (bytes === undefined) throw unreadable();
  return bytes;
}

/** Undefined where there is no file. @throws as `readBounded`. */
export async function readIfThere(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      if ((await file.stat()).size > maxBytes) throw new RefusedError('verify/too-large', 'a file is too large');
      const bytes = await file.readFile();
      return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isSystemError(error)) {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
      throw unreadable(error);
    }
    throw error;
  }
}

/** A log as a folder in the layout of C2SP tlog-tiles. Reads nothing outside of it. @throws UnavailableError `verify/file`. */
export async function folderSource(path: string): Promise<LogSource> {
  const folder = resolve(path);
  const facts = await stat(folder).catch((error: unknown) => {
    throw unreadable(error);
  });
  if (!facts.isDirectory()) throw unreadable();
  const read = async (name: string, maxBytes: number): Promise<Uint8Array | undefined> => {
    const file = resolve(folder, name);
    return file.startsWith(`${folder}${sep}`) ? readIfThere(file, maxBytes) : undefined;
  };
  return {
    readCheckpoint: () => read('checkpoint', MAX_NOTE_FILE_BYTES),
    readTile: (name) => read(name, MAX_TILE_BYTES),
  };
}

/** The bytes of a file, or of standard input for `-`. @throws UnavailableError `verify/file` while it is read. */
export async function* chunksOf(path: string): AsyncGenerator<Uint8Array> {
  const stream = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES });
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) yield chunk;
  } catch (error) {
    if (isSystemError(error)) throw unreadable(error);
    throw error;
  }
}

/** Promises, leaves and proofs of a folder, together by their names. @throws UnavailableError `verify/file`. */
export async function readReceipts(folder: string): Promise<KeptReceipt[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw unreadable(error);
  });
  const found = names.flatMap((name) => /^([0-9a-f]{32})\.(?:leaf|tlog-proof|promise)$/.exec(name)?.[1] ?? []);
  const ids = [...new Set(found)].sort();
  if (ids.length > MAX_RECEIPTS) throw new RefusedError('verify/too-large', 'too many receipts');
  const receipts: KeptReceipt[] = [];
  for (const id of ids) {
    const read = (ending: string) => readIfThere(join(folder, `${id}.${ending}`), MAX_NOTE_FILE_BYTES);
    const [leaf, proof, promise] = [await read('leaf'), await read('tlog-proof'), await read('promise')];
    receipts.push({ ...(leaf && { leaf }), ...(proof && { proof }), ...(promise && { promise }) });
  }
  return receipts;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return typeof error === 'object' && error !== null && 'code' in error && 'syscall' in error;
}

function unreadable(cause?: unknown): UnavailableError {
  return new UnavailableError('verify/file', 'a file or folder cannot be read', { cause });
}
