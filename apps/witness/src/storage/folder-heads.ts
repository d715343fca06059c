import { join } from 'node:path';
import { toHex, utf8 } from '@rogatory/kernel';
import { sha256 } from '@rogatory/crypto/verify';
import { DurableFolder, readIfThere } from '@rogatory/platform-files';
import type { HeadStore } from '../application/head.store.js';

/** Name of a log in paths: the SHA-256 of its origin, which may hold any character. */
export function originHash(origin: string): string {
  return toHex(sha256(utf8(origin)));
}

/** One small file per log. The folder belongs to one process (`witness.lock`). */
export class FolderHeads implements HeadStore {
  readonly #path: string;
  readonly #folder: DurableFolder;

  private constructor(path: string) {
    this.#path = path;
    this.#folder = DurableFolder.open(path);
  }

  static open(path: string): FolderHeads {
    return new FolderHeads(path);
  }

  load(origin: string): Promise<Uint8Array | undefined> {
    return readIfThere(join(this.#path, nameOf(origin)));
  }

  save(origin: string, note: Uint8Array): Promise<void> {
    return this.#folder.replace(nameOf(origin), note);
  }

  /** Gives the folder back. */
  close(): void {
    this.#folder.close();
  }
}

function nameOf(origin: string): string {
  return `${originHash(origin)}.checkpoint`;
}
