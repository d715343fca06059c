import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { limits, toHex, utf8 } from '@rogatory/kernel';
import { sha256 } from '@rogatory/crypto/verify';
import { isSystemError, replaceFile } from '@rogatory/platform-files';
import { parseNote } from '@rogatory/tlog';
import type { EvidenceStore, HeadEvidence, HeadPair } from '../application/head.store.js';
import { originHash } from './folder-heads.js';

type Kind = HeadEvidence | 'entry';

/** What one log has of one kind. */
interface Shelf {
  readonly folder: string;
  readonly endings: readonly [first: string, last: string];
  /** Names of the pairs, the oldest first; read from the folder at the first use. */
  names: Set<string> | undefined;
  /** One after the other: what is counted is what is there. */
  last: Promise<unknown>;
  waiting: number;
}

interface Piece {
  readonly name: string;
  readonly files: readonly [first: Uint8Array, last: Uint8Array];
}

const ENDINGS = {
  fork: ['held', 'refused'],
  unproven: ['before', 'unproven'],
  entry: ['entry', 'tlog-proof'],
} as const;

/** Two files per piece of evidence, named by the digest of what is refused, so that the same again adds nothing. */
export class FolderEvidence implements EvidenceStore {
  readonly #folder: string;
  readonly #shelves = new Map<string, Shelf>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async keep(kind: HeadEvidence, { origin, held, refused }: HeadPair): Promise<void> {
    const shelf = this.#shelf(origin, kind);
    // Anybody can send these: they wait for one another, and for no more than that.
    if (kind === 'unproven' && shelf.waiting >= limits.maxWitnessWaiting) return;
    const piece: Piece = { name: nameOf(refused), files: [held, refused] };
    await inTurn(shelf, () => this.#write(shelf, piece, kind === 'unproven'));
  }

  async keepEntry(origin: string, entry: Uint8Array, proof: Uint8Array): Promise<void> {
    const shelf = this.#shelf(origin, 'entry');
    const piece: Piece = { name: toHex(sha256(entry)), files: [entry, proof] };
    await inTurn(shelf, () => this.#write(shelf, piece, false));
  }

  async explained(origin: string, note: Uint8Array): Promise<void> {
    const shelf = this.#shelf(origin, 'unproven');
    // Asked for every head: nothing waits where nothing is there, or on its way.
    if (shelf.waiting === 0 && shelf.names?.size === 0) return;
    await inTurn(shelf, async () => {
      const name = nameOf(note);
      if ((await namesOf(shelf)).has(name)) await remove(shelf, name);
    });
  }

  #shelf(origin: string, kind: Kind): Shelf {
    const place = `${kind} ${origin}`;
    const known = this.#shelves.get(place);
    if (known !== undefined) return known;
    const folder = join(this.#folder, originHash(origin));
    const fresh: Shelf = { folder, endings: ENDINGS[kind], names: undefined, last: Promise.resolve(), waiting: 0 };
    this.#shelves.set(place, fresh);
    return fresh;
  }

  /** The last file is written last: where it is, both are. */
  async #write(shelf: Shelf, { name, files }: Piece, isRolling: boolean): Promise<void> {
    const names = await namesOf(shelf);
    if (names.has(name)) return;
    if (names.size >= limits.maxEvidencePerLog) {
      const [oldest] = names;
      if (!isRolling || oldest === undefined) return;
      await remove(shelf, oldest);
    }
    await mkdir(shelf.folder, { recursive: true, mode: 0o700 });
    for (const [at, bytes] of files.entries()) await replaceFile(pathOf(shelf, name, at), bytes);
    names.add(name);
  }
}

function inTurn<T>(shelf: Shelf, work: () => Promise<T>): Promise<T> {
  shelf.waiting += 1;
  const turn = shelf.last.then(work).finally(() => {
    shelf.waiting -= 1;
  });
  shelf.last = turn.catch(() => undefined);
  return turn;
}

/** Not by its signatures: anybody can add lines that mean nothing. */
function nameOf(note: Uint8Array): string {
  return toHex(sha256(utf8(parseNote(note).text)));
}

function pathOf({ folder, endings }: Shelf, name: string, at: number): string {
  return join(folder, `${name}.${endings[at === 0 ? 0 : 1]}`);
}

/** The file that says that the pair is whole goes first. */
async function remove(shelf: Shelf, name: string): Promise<void> {
  for (const at of [1, 0]) await rm(pathOf(shelf, name, at), { force: true });
  shelf.names?.delete(name);
}

async function namesOf(shelf: Shelf): Promise<Set<string>> {
  if (shelf.names !== undefined) return shelf.names;
  const ending = `.${shelf.endings[1]}`;
  const files = (await listed(shelf.folder)).filter((file) => file.endsWith(ending));
  const dated = await Promise.all(
    files.map(async (file) => ({
      name: file.slice(0, -ending.length),
      atMs: (await stat(join(shelf.folder, file))).mtimeMs,
    })),
  );
  dated.sort((one, other) => one.atMs - other.atMs || (one.name < other.name ? -1 : 1));
  shelf.names = new Set(dated.map(({ name }) => name));
  return shelf.names;
}

/** A log of which nothing was ever kept has no folder. */
async function listed(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return [];
    throw error;
  }
}
