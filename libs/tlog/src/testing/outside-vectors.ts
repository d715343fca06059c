import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../../../../shared/vectors');

/** Test vectors that others wrote, read where they lie. */
export interface OutsideVectors {
  readonly isPresent: boolean;
  /** For the title of a suite: says that it is skipped, and why. */
  readonly note: string;
  /** Paths of all files below a folder, relative to it. */
  list(folder: string): string[];
  read(file: string): Uint8Array;
  readText(file: string): string;
  has(file: string): boolean;
}

export function outsideVectors(folder: string): OutsideVectors {
  const path = join(root, folder);
  const isPresent = existsSync(path);
  return {
    isPresent,
    note: isPresent ? '' : ` (skipped: ../shared/vectors/${folder} is absent)`,
    list: (below) =>
      readdirSync(join(path, below), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(join(path, below).length + 1))
        .sort(),
    read: (file) => new Uint8Array(readFileSync(join(path, file))),
    readText: (file) => readFileSync(join(path, file), 'utf8'),
    has: (file) => existsSync(join(path, file)),
  };
}
