import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { limits, toHex, utf8 } from '@rogatory/kernel';
import { sha256 } from '@rogatory/crypto/verify';
import { DurableFolder, readIfThere, replaceFile } from '@rogatory/platform-files';
import { parseNote } from '@rogatory/tlog';
import type { EvidenceStore, HeadEvidence, HeadPair, HeadStore } from '../application/head.store.js';

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

const NAMED = { fork: ['held', 'refused'], unproven: ['before', 'unproven'] } as const;

/** Two files per piece of evidence, named by the digest of what is refused, so that the same again adds nothing. */
export class FolderEvidence implements EvidenceStore {
  readonly #folder: string;
  /** One after the other: what is counted is what is there. */
  #last: Promise<void> = Promise.resolve();

  constructor(folder: string) {
    this.#folder = folder;
  }

  keep(kind: HeadEvidence, { origin, held, refused }: HeadPair): Promise<void> {
    const [first, last] = NAMED[kind];
    // Not by its signatures: anybody can add lines that mean nothing.
    const named = utf8(parseNote(refused).text);
    return this.#keepPair(origin, named, [
      [first, held],
      [last, refused],
    ]);
  }

  keepEntry(origin: string, entry: Uint8Array, proof: Uint8Array): Promise<void> {
    return this.#keepPair(origin, entry, [
      ['entry', entry],
      ['tlog-proof', proof],
    ]);
  }

  #keepPair(origin: string, named: Uint8Array, files: readonly [NamedFile, NamedFile]): Promise<void> {
    const kept = this.#last.then(() => this.#write(origin, named, files));
    this.#last = kept.catch(() => undefined);
    return kept;
  }

  /** The last file is written last: where it is, both are. */
  async #write(origin: string, named: Uint8Array, files: readonly [NamedFile, NamedFile]): Promise<void> {
    const folder = join(this.#folder, originHash(origin));
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const name = toHex(sha256(named));
    const ending = `.${files[1][0]}`;
    const kept = (await readdir(folder)).filter((file) => file.endsWith(ending));
    if (kept.includes(`${name}${ending}`) || kept.length >= limits.maxEvidencePerLog) return;
    for (const [suffix, bytes] of files) await replaceFile(join(folder, `${name}.${suffix}`), bytes);
  }
}

type NamedFile = readonly [suffix: string, bytes: Uint8Array];
