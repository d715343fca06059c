import type { FileTarget } from './file-ports.js';

/** Takes a download and keeps nothing of it: for learning the leaf hashes of a file. */
export class NoTarget implements FileTarget {
  async size(): Promise<number> {
    return 0;
  }

  async read(_offset: number, into: Uint8Array): Promise<Uint8Array> {
    return into;
  }

  async write(): Promise<void> {
    return undefined;
  }

  async truncate(): Promise<void> {
    return undefined;
  }

  async commit(): Promise<void> {
    return undefined;
  }

  async discard(): Promise<void> {
    return undefined;
  }

  async close(): Promise<void> {
    return undefined;
  }
}
