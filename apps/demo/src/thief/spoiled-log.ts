import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Secret, toHex, utf8 } from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import {
  decodeEntryBundle,
  encodeEntryBundle,
  keyTypes,
  parseCheckpointText,
  signCheckpoint,
  TILE_WIDTH,
  type TileId,
  tilePath,
  tilesOf,
  TreeTail,
  tileWidth,
  verifierKey,
} from '@rogatory/tlog';

/** One way to tamper with the files of a log, and the first record that a verifier must name for it. */
export interface Spoiling {
  readonly name: string;
  readonly firstBadIndex: number;
  readonly spoil: (log: CopiedLog) => void;
}

/** The files of an exported log, in memory, for whoever wants other ones. */
export class CopiedLog {
  readonly size: number;
  readonly #files: Map<string, Uint8Array>;

  private constructor(size: number, files: ReadonlyMap<string, Uint8Array>) {
    this.size = size;
    this.#files = new Map(files);
  }

  static async read(folder: string): Promise<CopiedLog> {
    const checkpoint = await readFile(join(folder, 'checkpoint'), 'utf8');
    const { size } = parseCheckpointText(checkpoint.slice(0, checkpoint.indexOf('\n\n') + 1));
    const files = new Map<string, Uint8Array>([['checkpoint', utf8(checkpoint)]]);
    for (const tile of tilesOf(size)) {
      const path = tilePath(tile);
      files.set(path, new Uint8Array(await readFile(join(folder, path))));
    }
    return new CopiedLog(size, files);
  }

  copy(): CopiedLog {
    return new CopiedLog(this.size, this.#files);
  }

  async write(folder: string): Promise<void> {
    for (const [path, bytes] of this.#files) {
      const file = join(folder, path);
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await writeFile(file, bytes);
    }
  }

  leaves(): Uint8Array[] {
    const found: Uint8Array[] = [];
    for (let first = 0; first < this.size; first += TILE_WIDTH) found.push(...this.#entries(first));
    return found;
  }

  /** Other entries in the bundle of a record; its hash tile stays as it was. */
  editBundle(index: number, edit: (entries: Uint8Array[], place: number) => Uint8Array[]): void {
    const edited = edit(this.#entries(index), index % TILE_WIDTH);
    this.#files.set(tilePath(this.#tileOf('entries', index)), encodeEntryBundle(edited.slice(0, TILE_WIDTH)));
  }

  /** Flips one bit of the stored hash of a record. */
  flipHash(index: number): void {
    const path = tilePath(this.#tileOf('hashes', index));
    const tile = this.#file(path).slice();
    const at = (index % TILE_WIDTH) * 32;
    tile[at] = (tile[at] ?? 0) ^ 1;
    this.#files.set(path, tile);
  }

  #entries(index: number): Uint8Array[] {
    const tile = this.#tileOf('entries', index);
    return [...decodeEntryBundle(this.#file(tilePath(tile)), tile.width)];
  }

  #tileOf(kind: 'entries' | 'hashes', leaf: number): TileId {
    const index = Math.floor(leaf / TILE_WIDTH);
    const width = tileWidth(this.size, 0, index);
    return kind === 'entries' ? { kind, index, width } : { kind, level: 0, index, width };
  }

  #file(path: string): Uint8Array {
    const bytes = this.#files.get(path);
    if (bytes === undefined) throw new Error(`the copy has no ${path}`);
    return bytes;
  }
}

/** Everything that can be done to the files of a log by whoever does not sign for it. */
export function spoilings(size: number): readonly Spoiling[] {
  const [early, middle] = [Math.floor(size / 3), Math.floor(size / 2)];
  return [
    {
      name: 'one byte of a record is changed',
      firstBadIndex: middle,
      spoil: (log) => log.editBundle(middle, (entries, i) => entries.with(i, changed(entries[i]))),
    },
    {
      name: 'a record is taken out',
      firstBadIndex: early,
      spoil: (log) => log.editBundle(early, (entries, i) => entries.toSpliced(i, 1)),
    },
    {
      name: 'two neighbouring records change places',
      firstBadIndex: neighbour(middle),
      spoil: (log) =>
        log.editBundle(neighbour(middle), (entries, i) => {
          const [a, b] = [entries[i], entries[i + 1]];
          return a === undefined || b === undefined ? entries : entries.with(i, b).with(i + 1, a);
        }),
    },
    {
      name: 'a record is put in that never was',
      firstBadIndex: early,
      spoil: (log) => log.editBundle(early, (entries, i) => entries.toSpliced(i, 0, changed(entries[i]))),
    },
    { name: 'a stored hash is changed', firstBadIndex: middle, spoil: (log) => log.flipHash(middle) },
  ];
}

/** The place of a record whose right neighbour lies in the same bundle. */
function neighbour(index: number): number {
  return index % TILE_WIDTH === TILE_WIDTH - 1 ? index - 1 : index;
}

function changed(entry: Uint8Array | undefined): Uint8Array {
  if (entry === undefined) throw new Error('the copy has no such record');
  const other = entry.slice();
  const at = other.length >> 1;
  other[at] = (other[at] ?? 0) ^ 1;
  return other;
}

/** The folder of another log with these leaves, signed by the log's own key as whoever runs the server has it. */
export async function rewriteLog(
  leaves: readonly Uint8Array[],
  terms: { readonly origin: string; readonly signerFolder: string; readonly folder: string },
): Promise<void> {
  const { origin, signerFolder, folder } = terms;
  const { tail, files } = TreeTail.empty.extend(leaves);
  const seed = await readFile(join(signerFolder, `${toHex(utf8(origin))}.seed`));
  const key = SigningKey.fromSeed(new Secret(new Uint8Array(seed)));
  const signer = {
    key: verifierKey({ name: origin, type: keyTypes.log, publicKey: key.publicKey }),
    sign: (message: Uint8Array) => key.signRaw(message),
  };
  const checkpoint = await signCheckpoint({ origin, size: tail.size, root: tail.root() }, [signer]);
  for (const { path, bytes } of [...files, { path: 'checkpoint', bytes: checkpoint }]) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, bytes);
  }
}
