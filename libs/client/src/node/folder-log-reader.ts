import { resolve, sep } from 'node:path';
import type { LogSource } from '@rogatory/evidence';
import { guarded, readIfThere } from './file-state-store.js';

/** A log as a folder in the layout of C2SP tlog-tiles. Reads nothing outside of it. */
export class FolderLogReader implements LogSource {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = resolve(folder);
  }

  readCheckpoint(): Promise<Uint8Array | undefined> {
    return this.#read('checkpoint');
  }

  readTile(path: string): Promise<Uint8Array | undefined> {
    return this.#read(path);
  }

  async #read(path: string): Promise<Uint8Array | undefined> {
    const file = resolve(this.#folder, path);
    if (!file.startsWith(`${this.#folder}${sep}`)) return undefined;
    return guarded(() => readIfThere(file));
  }
}
