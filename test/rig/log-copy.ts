import type { LogSource } from '@rogatory/client';
import { decodeEntryBundle, encodeEntryBundle, TILE_WIDTH, tilePath, TreeTail, tileWidth } from '@rogatory/tlog';

/** A whole number below a bound, the same for the same seed. */
export type Draw = (below: number) => number;

/** The files of a log as somebody exported them; any of them can be edited. */
export class LogCopy implements LogSource {
  checkpoint: Uint8Array;
  readonly size: number;
  readonly files: Map<string, Uint8Array>;

  constructor(checkpoint: Uint8Array, size: number, files: ReadonlyMap<string, Uint8Array>) {
    this.checkpoint = checkpoint;
    this.size = size;
    this.files = new Map([...files].map(([path, bytes]) => [path, bytes.slice()]));
  }

  /** Every file of the log at the size of its newest checkpoint. */
  static async of(source: LogSource, sizeOf: (checkpoint: Uint8Array) => number): Promise<LogCopy> {
    const checkpoint = await source.readCheckpoint();
    if (checkpoint === undefined) throw new Error('no checkpoint');
    const size = sizeOf(checkpoint);
    const files = new Map<string, Uint8Array>();
    for (const path of pathsAt(size)) {
      const bytes = await source.readTile(path);
      if (bytes === undefined) throw new Error(`no ${path}`);
      files.set(path, bytes);
    }
    return new LogCopy(checkpoint, size, files);
  }

  /** The log that somebody writes who has these leaves and no regard for the truth. */
  static rewritten(checkpoint: Uint8Array, leaves: readonly Uint8Array[]): LogCopy {
    const { files } = TreeTail.empty.extend(leaves);
    return new LogCopy(checkpoint, leaves.length, new Map(files.map(({ path, bytes }) => [path, bytes])));
  }

  copy(): LogCopy {
    return new LogCopy(this.checkpoint, this.size, this.files);
  }

  async readCheckpoint(): Promise<Uint8Array> {
    return this.checkpoint;
  }

  async readTile(path: string): Promise<Uint8Array | undefined> {
    return this.files.get(path);
  }

  leaves(): Uint8Array[] {
    const found: Uint8Array[] = [];
    for (let index = 0; index * TILE_WIDTH < this.size; index++) {
      const { path, width } = this.bundleOf(index * TILE_WIDTH);
      found.push(...decodeEntryBundle(this.files.get(path) as Uint8Array, width).map((leaf) => leaf.slice()));
    }
    return found;
  }

  /** The bundle that holds a leaf. */
  bundleOf(leaf: number): { readonly path: string; readonly width: number; readonly first: number } {
    const index = Math.floor(leaf / TILE_WIDTH);
    const width = tileWidth(this.size, 0, index);
    return { path: tilePath({ kind: 'entries', index, width }), width, first: index * TILE_WIDTH };
  }

  /** Writes the bundle that holds a leaf anew, with whatever entries. */
  editBundle(leaf: number, edit: (entries: Uint8Array[], place: number) => Uint8Array[]): void {
    const { path, width, first } = this.bundleOf(leaf);
    const entries = [...decodeEntryBundle(this.files.get(path) as Uint8Array, width)];
    this.files.set(path, bundled(edit(entries, leaf - first)));
  }

  /** Flips a bit of the stored hash of a leaf. */
  flipHash(leaf: number, bit: number): void {
    const index = Math.floor(leaf / TILE_WIDTH);
    const path = tilePath({ kind: 'hashes', level: 0, index, width: tileWidth(this.size, 0, index) });
    flip(this.files.get(path) as Uint8Array, (leaf % TILE_WIDTH) * 256 + bit);
  }
}

/** More entries than fit are written as they are: a server may serve anything. */
function bundled(entries: readonly Uint8Array[]): Uint8Array {
  if (entries.length === 0) return new Uint8Array(0);
  const first = encodeEntryBundle(entries.slice(0, TILE_WIDTH));
  return Buffer.concat([
    first,
    entries.length > TILE_WIDTH ? bundled(entries.slice(TILE_WIDTH)) : first.subarray(0, 0),
  ]);
}

export function flip(bytes: Uint8Array, bit: number): Uint8Array {
  const at = (bit >> 3) % bytes.length;
  bytes[at] = (bytes[at] as number) ^ (1 << (bit & 7));
  return bytes;
}

function pathsAt(size: number): string[] {
  const paths: string[] = [];
  for (let level = 0; tileWidth(size, level, 0) > 0; level++) {
    for (let index = 0; tileWidth(size, level, index) > 0; index++) {
      const width = tileWidth(size, level, index);
      paths.push(tilePath({ kind: 'hashes', level, index, width }));
      if (level === 0) paths.push(tilePath({ kind: 'entries', index, width }));
    }
  }
  return paths;
}
