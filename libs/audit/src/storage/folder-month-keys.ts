import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RandomBytes, Secret } from '@rogatory/kernel';
import { isSystemError, loadOrCreateSecret, loadSecret, syncFolder } from '@rogatory/platform-files';
import type { MonthWrappingKeys, WrappingKey } from '../application/month-keys.js';

const NAME = /^([0-9]{4}-[0-9]{2})\.key$/;

/**
 * One key file to a month, in a folder apart from the database and its backups. Months of before were wrapped under one
 * key for all, which is still read.
 */
export class FolderMonthKeys implements MonthWrappingKeys {
  readonly #folder: string;
  readonly #shared: string;
  readonly #random: RandomBytes;

  constructor(secretsFolder: string, random: RandomBytes) {
    this.#folder = join(secretsFolder, 'openings');
    this.#shared = join(secretsFolder, 'audit-openings.key');
    this.#random = random;
  }

  async find(month: string): Promise<WrappingKey | undefined> {
    const own = await present(this.#path(month));
    if (own !== undefined) return { key: own, isShared: false };
    const shared = await present(this.#shared);
    return shared && { key: shared, isShared: true };
  }

  async make(month: string): Promise<Secret> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    return loadOrCreateSecret(this.#path(month), this.#random);
  }

  async months(): Promise<readonly string[]> {
    const names = await readdir(this.#folder).catch((error: unknown) => {
      if (isSystemError(error, 'ENOENT')) return [];
      throw error;
    });
    return names.flatMap((name) => NAME.exec(name)?.[1] ?? []).sort();
  }

  async destroy(month: string): Promise<void> {
    await rm(this.#path(month), { force: true });
    await syncFolder(this.#folder);
  }

  #path(month: string): string {
    return join(this.#folder, `${month}.key`);
  }
}

/** @throws InternalError `files/secret` for a file that is no key. */
async function present(path: string): Promise<Secret | undefined> {
  try {
    return await loadSecret(path);
  } catch (error) {
    const isThere = await readdir(join(path, '..')).then(
      (names) => names.includes(path.slice(path.lastIndexOf('/') + 1)),
      () => false,
    );
    if (isThere) throw error;
    return undefined;
  }
}
