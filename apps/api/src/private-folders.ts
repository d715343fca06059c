import { chmod, mkdir, stat } from 'node:fs/promises';
import { UnavailableError } from '@rogatory/kernel';
import type { Configuration } from '@rogatory/platform-config';

const PRIVATE_FOLDER = 0o700;
const OTHERS = 0o077;

/**
 * Makes the folders that hold keys and rows, and closes those that others may look into.
 * @returns how many had to be closed: what was in them may have been seen.
 * @throws UnavailableError `config/open-folder` when one belongs to another user and stays open.
 */
export async function closeFolders({ dataFolder, audit, database }: Configuration): Promise<number> {
  const folders = new Set([dataFolder, audit.signerFolder, ...(database.kind === 'embedded' ? [database.folder] : [])]);
  let closed = 0;
  for (const folder of folders) if (await close(folder)) closed += 1;
  return closed;
}

async function close(folder: string): Promise<boolean> {
  await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
  if (process.platform === 'win32' || !(await isOpen(folder))) return false;
  try {
    await chmod(folder, PRIVATE_FOLDER);
  } catch (cause) {
    throw stillOpen(cause);
  }
  // A file system without modes takes the call and changes nothing.
  if (await isOpen(folder)) throw stillOpen();
  return true;
}

async function isOpen(folder: string): Promise<boolean> {
  return ((await stat(folder)).mode & OTHERS) !== 0;
}

function stillOpen(cause?: unknown): UnavailableError {
  return new UnavailableError(
    'config/open-folder',
    'others may look into a folder of the server, and it cannot be closed',
    {
      retryable: false,
      cause,
    },
  );
}
