import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type RandomBytes, Secret } from '@rogatory/kernel';
import { secretFile } from '../domain/audit.errors.js';

const SECRET_BYTES = 32;
const OTHERS = 0o077;

/**
 * The 32 secret bytes in a file of mode 0600, made durably when it does not exist. Keys that sign or unwrap lie in such
 * files, apart from the database.
 * @throws InternalError `audit/secret-file` when others may read it or it has another length.
 */
export async function loadOrCreateSecret(path: string, random: RandomBytes): Promise<Secret> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  try {
    await create(path, random);
  } catch (error) {
    if (!isExisting(error)) throw error;
  }
  return load(path);
}

async function create(path: string, random: RandomBytes): Promise<void> {
  const file = await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600);
  try {
    const bytes = random(SECRET_BYTES);
    await file.writeFile(bytes);
    bytes.fill(0);
    await file.sync();
  } finally {
    await file.close();
  }
  await syncFolder(dirname(path));
}

async function load(path: string): Promise<Secret> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { mode } = await file.stat();
    if ((mode & OTHERS) !== 0) throw secretFile('others-may-read');
    const bytes = new Uint8Array(await file.readFile());
    if (bytes.length !== SECRET_BYTES) throw secretFile('length');
    return new Secret(bytes);
  } finally {
    await file.close();
  }
}

/** Makes a rename or a new file in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isExisting(error: unknown): boolean {
  return isSystemError(error, 'EEXIST');
}

/** Whether the operating system gave this code. */
export function isSystemError(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && Reflect.get(error, 'code') === code;
}
