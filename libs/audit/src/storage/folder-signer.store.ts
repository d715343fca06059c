import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fromHex, toHex, utf8 } from '@rogatory/kernel';
import { readIfThere, replaceFile } from '@rogatory/platform-files';
import type { TreeHead } from '../application/log/log-tree.store.js';
import type { SignerStore } from '../application/log/log-signer.js';
import { signerState } from '../domain/audit.errors.js';

const MAX_ORIGIN_BYTES = 120; // twice that and the suffix fit every file system

/** One small file per log: written beside, made durable, put in place, and the folder made durable. */
export class FolderSignerStore implements SignerStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async load(origin: string): Promise<TreeHead | undefined> {
    const bytes = await readIfThere(this.#path(origin)).catch((error: unknown) => {
      throw signerState(error);
    });
    return bytes === undefined ? undefined : parseState(new TextDecoder().decode(bytes), origin);
  }

  async save(origin: string, head: TreeHead): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await replaceFile(this.#path(origin), `${origin}\n${head.size}\n${toHex(head.root)}\n`);
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
