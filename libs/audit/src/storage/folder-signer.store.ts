import { constants } from 'node:fs';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fromHex, toHex, utf8 } from '@rogatory/kernel';
import type { TreeHead } from '../application/log/log-tree.store.js';
import type { SignerStore } from '../application/log/log-signer.js';
import { signerState } from '../domain/audit.errors.js';
import { isSystemError, syncFolder } from './secret-file.js';

const MAX_ORIGIN_BYTES = 120; // twice that and the suffix fit every file system

/** One small file per log: written beside, made durable, put in place, and the folder made durable. */
export class FolderSignerStore implements SignerStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async load(origin: string): Promise<TreeHead | undefined> {
    let text: string;
    try {
      text = await readFile(this.#path(origin), 'utf8');
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return undefined;
      throw signerState(error);
    }
    return parseState(text, origin);
  }

  async save(origin: string, head: TreeHead): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const path = this.#path(origin);
    const file = await open(`${path}.new`, constants.O_CREAT | constants.O_TRUNC | constants.O_WRONLY, 0o600);
    try {
      await file.writeFile(`${origin}\n${head.size}\n${toHex(head.root)}\n`);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
    await syncFolder(this.#folder);
  }

  /** Origins may hold any character; a file name holds their bytes. */
  #path(origin: string): string {
    if (utf8(origin).length > MAX_ORIGIN_BYTES) throw signerState();
    return join(this.#folder, `${toHex(utf8(origin))}.head`);
  }
}

function parseState(text: string, origin: string): TreeHead {
  const [name, size = '', root = '', end] = text.split('\n');
  const count = /^(?:0|[1-9][0-9]{0,15})$/.test(size) ? Number(size) : Number.NaN;
  if (name !== origin || end !== '' || !Number.isSafeInteger(count) || !/^[0-9a-f]{64}$/.test(root)) {
    throw signerState();
  }
  return { size: count, root: fromHex(root) };
}
