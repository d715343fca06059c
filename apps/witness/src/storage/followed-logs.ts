import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, limits, UsageError } from '@rogatory/kernel';
import { readIfThere } from '@rogatory/platform-files';
import { parsePolicy, type TrustPolicy, type VerifierKey } from '@rogatory/tlog';
import { type DirectorySource, isDirectoryOrigin, parseDirectories } from '../application/directory-source.js';
import type { LogList } from '../application/log-list.js';
import { originHash } from './folder-heads.js';

export interface FollowedLogsParts {
  readonly folder: string;
  readonly clock: Clock;
  /** The list became unreadable while the witness runs: it goes on with the one before. */
  readonly onFault: (error: unknown) => void;
}

interface ReadList {
  readonly keys: ReadonlyMap<string, readonly VerifierKey[]>;
  readonly origins: ReadonlyMap<string, string>;
  readonly directories: ReadonlyMap<string, DirectorySource>;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** The list in a witness's folder, read again when it changed: following one more log needs no new start. */
export class FollowedLogs implements LogList {
  readonly #parts: FollowedLogsParts;
  #list: ReadList;
  #stamp: string;
  #lookedMs: number;
  #looking: Promise<void> = Promise.resolve();

  private constructor(parts: FollowedLogsParts, list: ReadList, stamp: string) {
    this.#parts = parts;
    this.#list = list;
    this.#stamp = stamp;
    this.#lookedMs = parts.clock.monotonicMs();
  }

  /** @throws UsageError `witness/none` without a list; CodecError `tlog/policy`. */
  static async open(parts: FollowedLogsParts): Promise<FollowedLogs> {
    const stamp = await stampOf(parts.folder);
    return new FollowedLogs(parts, await readList(parts.folder), stamp);
  }

  async keysOf(origin: string): Promise<readonly VerifierKey[]> {
    await this.#look();
    return this.#list.keys.get(origin) ?? [];
  }

  async originOf(hash: string): Promise<string | undefined> {
    await this.#look();
    return this.#list.origins.get(hash);
  }

  async directoryOf(origin: string): Promise<DirectorySource | undefined> {
    await this.#look();
    return this.#list.directories.get(origin);
  }

  /** However many requests come, the files are looked at once in a while. */
  async #look(): Promise<void> {
    const nowMs = this.#parts.clock.monotonicMs();
    if (nowMs - this.#lookedMs >= limits.witnessLogListMs) {
      this.#lookedMs = nowMs;
      this.#looking = this.#looking.then(() => this.#readAgain());
    }
    await this.#looking;
  }

  async #readAgain(): Promise<void> {
    try {
      const stamp = await stampOf(this.#parts.folder);
      if (stamp === this.#stamp) return;
      this.#list = await readList(this.#parts.folder);
      this.#stamp = stamp;
    } catch (error) {
      this.#parts.onFault(error);
    }
  }
}

/** The list of logs in a folder. @throws UsageError `witness/none`; CodecError `tlog/policy`. */
export async function readLogList(folder: string): Promise<TrustPolicy> {
  const bytes = await readIfThere(pathIn(folder));
  if (bytes === undefined) throw new UsageError('witness/none', 'there is no witness in this folder');
  return parsePolicy(bytes);
}

/** The directories in a folder; none where it names none. @throws CodecError `witness/directories`. */
export async function readDirectories(folder: string): Promise<ReadonlyMap<string, DirectorySource>> {
  return parseDirectories(decoder.decode(await readIfThere(directoriesIn(folder))));
}

/** The file that names the directories. */
export function directoriesIn(folder: string): string {
  return join(folder, 'directories');
}

async function readList(folder: string): Promise<ReadList> {
  const directories = await readDirectories(folder);
  const keys = new Map<string, readonly VerifierKey[]>();
  for (const { key } of (await readLogList(folder)).logs) {
    // Whoever cannot replay a directory does not vouch for it.
    if (isDirectoryOrigin(key.name) && !directories.has(key.name)) continue;
    keys.set(key.name, [...(keys.get(key.name) ?? []), key]);
  }
  return { keys, origins: new Map(Array.from(keys.keys(), (origin) => [originHash(origin), origin])), directories };
}

function pathIn(folder: string): string {
  return join(folder, 'logs');
}

/** Changes whenever one of the files is written: each is replaced whole, so that it has a new inode each time. */
async function stampOf(folder: string): Promise<string> {
  const directories = await stat(directoriesIn(folder)).then(stampText, () => 'none');
  try {
    return `${stampText(await stat(pathIn(folder)))} ${directories}`;
  } catch (cause) {
    throw new UsageError('witness/none', 'there is no witness in this folder', { cause });
  }
}

function stampText({ ino, mtimeMs, size }: Stats): string {
  return `${ino} ${mtimeMs} ${size}`;
}
