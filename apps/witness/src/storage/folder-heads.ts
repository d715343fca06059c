import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { limits, toHex, utf8 } from '@rogatory/kernel';
import { sha256 } from '@rogatory/crypto/verify';
import { DurableFolder, readIfThere, replaceFile } from '@rogatory/platform-files';
import type { EvidenceStore, HeadStore } from '../application/head.store.js';

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

/** Two files per piece of evidence, named by the digest of what is refused, so that the same again adds nothing. */
export class FolderEvidence implements EvidenceStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  keep(origin: string, held: Uint8Array, refused: Uint8Array): Promise<void> {
    return this.#keepPair(origin, refused, [
      ['held', held],
      ['refused', refused],
    ]);
  }

  keepEntry(origin: string, entry: Uint8Array, proof: Uint8Array): Promise<void> {
    return this.#keepPair(origin, proof, [
      ['entry', entry],
      ['tlog-proof', proof],
    ]);
  }

  /** The last file is written last: where it is, both are. */
  async #keepPair(origin: string, named: Uint8Array, files: readonly (readonly [string, Uint8Array])[]): Promise<void> {
    const folder = join(this.#folder, originHash(origin));
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const name = toHex(sha256(named));
    const kept = await readdir(folder);
    if (kept.includes(`${name}.${files.at(-1)?.[0]}`) || kept.length >= 2 * limits.maxEvidencePerLog) return;
    for (const [suffix, bytes] of files) await replaceFile(join(folder, `${name}.${suffix}`), bytes);
  }
}
