import { constants } from 'node:fs';
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { FileSource, FileTarget } from '../documents/file-ports.js';
import { refusedError, unavailableError, usageError } from '../client.errors.js';
import type { KeyStoreStorage } from '../keys/key-store.js';
import { guarded, readIfThere, replaceFile, syncFolder } from './file-state-store.js';
import { isMissing, systemCode } from './system-errors.js';

/** A file on disk as the source of an upload. @throws UnavailableError `client/storage` when it cannot be read. */
export async function openFileSource(path: string): Promise<FileSource> {
  const file = await guarded(() => open(path, 'r'));
  const { isFile } = await guarded(async () => ({ isFile: (await file.stat()).isFile() }));
  if (!isFile) {
    await file.close();
    throw usageError('client/input');
  }
  return {
    name: basename(path).normalize('NFC'),
    place: resolve(path),
    mark: () =>
      guarded(async () => {
        const { size, mtimeMs } = await file.stat();
        return { size, modifiedMs: Math.floor(mtimeMs) };
      }),
    read: (offset, into) => guarded(() => readExactly(file, offset, into)),
    close: () => guarded(() => file.close()),
  };
}

/**
 * A file on disk as the target of a download. What is written lies beside it under a name of its own, readable by the
 * owner alone, until the whole is verified; an existing file is never overwritten.
 * @throws RefusedError `client/file-exists`; `client/draft` when somebody else may write or read what lies under the
 * draft's name; UnavailableError `client/storage`.
 */
export async function openFileTarget(path: string): Promise<FileTarget> {
  const folder = dirname(resolve(path));
  const draft = join(folder, `.${basename(path)}.rogatory-part`);
  if (await guarded(() => isThere(path))) throw refusedError('client/file-exists');
  const file = await guarded(() => openDraft(draft));
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (isOpen) await file.close();
    isOpen = false;
  };
  return {
    size: () => guarded(async () => (await file.stat()).size),
    read: (offset, into) => guarded(() => readExactly(file, offset, into)),
    write: (offset, bytes) => guarded(() => writeAll(file, offset, bytes)),
    truncate: (length) => guarded(() => file.truncate(length)),
    commit: () =>
      guarded(async () => {
        await file.datasync();
        await close();
        if (await isThere(path)) throw refusedError('client/file-exists');
        await rename(draft, path);
        await syncFolder(folder);
      }),
    discard: () =>
      guarded(async () => {
        await close();
        await rm(draft, { force: true });
      }),
    close: () => guarded(close),
  };
}

/** The key store of a device in a file. */
export function fileKeyStorage(path: string): KeyStoreStorage {
  return {
    read: () => guarded(() => readIfThere(path)),
    replace: (bytes) => guarded(() => replaceFile(dirname(resolve(path)), path, bytes)),
  };
}

async function openDraft(draft: string): Promise<FileHandle> {
  try {
    return await openOwnDraft(draft);
  } catch (error) {
    if (!isMissing(error)) throw error;
    return open(draft, 'wx+', 0o600);
  }
}

/** A download goes on only in a file that this user alone could have begun: no link, nobody else's, open to nobody else. */
async function openOwnDraft(draft: string): Promise<FileHandle> {
  // Without O_NONBLOCK a planted pipe would hold the opener up for ever.
  const flags = constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(draft, flags).catch((error: unknown) => {
    throw notFiles.has(systemCode(error) ?? '') ? refusedError('client/draft') : error;
  });
  const { uid, nlink, mode } = await file.stat();
  const isPrivate = uid === process.getuid?.() && nlink === 1 && (mode & 0o077) === 0;
  if (isPrivate && (mode & constants.S_IFMT) === constants.S_IFREG) return file;
  await file.close();
  throw refusedError('client/draft');
}

/** What the system says of a symbolic link, a folder, a socket and a pipe that nobody reads. */
const notFiles = new Set(['ELOOP', 'EISDIR', 'ENXIO', 'EACCES', 'EPERM']);

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function readExactly(file: FileHandle, offset: number, into: Uint8Array): Promise<Uint8Array> {
  let at = 0;
  while (at < into.length) {
    const { bytesRead } = await file.read(into, at, into.length - at, offset + at);
    if (bytesRead === 0) throw unavailableError('client/storage', { length: into.length, at });
    at += bytesRead;
  }
  return into;
}

/** A larger piece at once costs the kernel up to ten times as much: it looks for memory in pieces of that size. */
const WRITE_BYTES = 256 * 1024;

async function writeAll(file: FileHandle, offset: number, bytes: Uint8Array): Promise<void> {
  let at = 0;
  while (at < bytes.length) {
    const length = Math.min(WRITE_BYTES, bytes.length - at);
    const { bytesWritten } = await file.write(bytes, at, length, offset + at);
    at += bytesWritten;
  }
}
