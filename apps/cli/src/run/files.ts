import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, type FileHandle, mkdir, open, readFile, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileFormatError, refusedError } from './cli.errors.js';

const PRIVATE_FILE = 0o600;
const PUBLIC_FILE = 0o644;
const PRIVATE_FOLDER = 0o700;

export interface WriteOptions {
  /** Readable by this user only. */
  readonly isPrivate?: boolean;
  /** Takes the place of a file that is there; otherwise that is refused. */
  readonly replace?: boolean;
}

/** The whole file. @throws RefusedError `cli/file-access`, CodecError `cli/file-format` when it is larger than the bound. */
export async function readBounded(path: string, maxBytes: number): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > maxBytes) throw fileFormatError(`at most ${maxBytes} bytes`);
    return new Uint8Array(await readFile(path));
  } catch (error) {
    throw accessError(error, path);
  }
}

/** That a file is there and can be read. @throws RefusedError `cli/file-access`; CodecError `cli/file-format` for a folder. */
export async function checkReadable(path: string): Promise<void> {
  try {
    if (!(await stat(path)).isFile()) throw fileFormatError('a file, not a folder or device');
    await access(path, constants.R_OK);
  } catch (error) {
    throw accessError(error, path);
  }
}

/** That a folder is there. @throws RefusedError `cli/file-access`; CodecError `cli/file-format` for anything else. */
export async function checkFolder(path: string): Promise<void> {
  try {
    if (!(await stat(path)).isDirectory()) throw fileFormatError('a folder');
  } catch (error) {
    throw accessError(error, path);
  }
}

/**
 * Writes a file whole or not at all: to a temporary file beside it, flushed, then put in place.
 * @throws RefusedError `cli/exists` when it is there and `replace` is not set; `cli/file-access`.
 */
export async function writeWhole(path: string, bytes: Uint8Array | string, options: WriteOptions = {}): Promise<void> {
  const mode = options.isPrivate === true ? PRIVATE_FILE : PUBLIC_FILE;
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.part`);
  try {
    await writeNew(temporary, bytes, mode);
    await putInPlace(temporary, path, options.replace === true);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw accessError(error, path);
  }
}

async function writeNew(path: string, bytes: Uint8Array | string, mode: number): Promise<void> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'wx', mode);
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file?.close();
  }
}

/** Renames, or links where nothing may be replaced: a link fails when the name is taken, at whatever moment. */
async function putInPlace(temporary: string, path: string, mayReplace: boolean): Promise<void> {
  if (mayReplace) {
    await rename(temporary, path);
    return;
  }
  const { link } = await import('node:fs/promises');
  await link(temporary, path);
  await unlink(temporary);
}

export async function makePrivateFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: PRIVATE_FOLDER });
  } catch (error) {
    throw accessError(error, path);
  }
}

/** Whether something stands there, whatever it is. */
export async function isPresent(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw accessError(error, path);
  }
}

/** Errors of the file system as ours; others pass. */
export function accessError(error: unknown, path: string): unknown {
  const code = codeOf(error);
  if (code === undefined) return error;
  const details = { file: basename(path).slice(0, 100), reason: code };
  return code === 'EEXIST'
    ? refusedError('cli/exists', details, error)
    : refusedError('cli/file-access', details, error);
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error) || !('syscall' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
