import { constants } from 'node:fs';
import { link, mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InternalError, type RandomBytes, Secret, toHex } from '@rogatory/kernel';
import { isSystemError, syncFolder } from './durable-file.js';

const SECRET_BYTES = 32;
const OTHERS = 0o077;

/**
 * The 32 secret bytes in a file of mode 0600, made durably when it does not exist. Keys that sign or unwrap lie in such
 * files, apart from the database.
 * @throws InternalError `files/secret` when others may read it or it has another length.
 */
export async function loadOrCreateSecret(path: string, random: RandomBytes): Promise<Secret> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  return (await load(path)) ?? create(path, random);
}

/**
 * As `loadOrCreateSecret`, and makes nothing: for work that must leave a folder as it is.
 * @throws InternalError `files/secret` also when there is none.
 */
export async function loadSecret(path: string): Promise<Secret> {
  const secret = await load(path);
  if (secret === undefined) throw wrongSecret('missing');
  return secret;
}

/** Written beside and linked: a kill leaves no short key, and of two that create at once one wins. */
async function create(path: string, random: RandomBytes): Promise<Secret> {
  const draft = `${path}.${toHex(random(8))}`;
  try {
    await writeNew(draft, random(SECRET_BYTES));
    await link(draft, path);
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error;
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(dirname(path));
  const secret = await load(path);
  if (secret === undefined) throw wrongSecret('gone');
  return secret;
}

async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    bytes.fill(0);
    await file.close();
  }
}

async function load(path: string): Promise<Secret | undefined> {
  const file = await openIfThere(path);
  if (file === undefined) return undefined;
  try {
    const { mode } = await file.stat();
    if ((mode & OTHERS) !== 0) throw wrongSecret('others-may-read');
    const bytes = new Uint8Array(await file.readFile());
    if (bytes.length !== SECRET_BYTES) throw wrongSecret('length');
    return new Secret(bytes);
  } finally {
    await file.close();
  }
}

async function openIfThere(path: string) {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function wrongSecret(reason: string): InternalError {
  return new InternalError('files/secret', 'a key file cannot be used', { details: { reason } });
}
