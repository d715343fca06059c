import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isRogatoryError } from '@rogatory/kernel';
import { readIfThere, replaceFile } from '@rogatory/platform-files';
import { ByteReader, ByteWriter } from '@rogatory/protocol';
import { encodeEntryBundle, Frontier, splitEntryBundle, TILE_WIDTH } from '@rogatory/tlog';
import type { DirectoryCopy, ReplayedHead } from '../application/directory-copy.js';

const MAGIC = 'RGWD';
const HASH_BYTES = 32;
const MAX_HEAD_BYTES = 512 * 1024;

/** One file per bundle and one for the head, in a folder of its own that the witness's lock covers. */
export class FolderDirectoryCopy implements DirectoryCopy {
  readonly #folder: string;
  #isMade = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async head(): Promise<ReplayedHead | undefined> {
    const bytes = await readIfThere(join(this.#folder, 'head'));
    try {
      return bytes && decodeHead(bytes);
    } catch (error) {
      if (isRogatoryError(error)) return undefined;
      throw error;
    }
  }

  saveHead(head: ReplayedHead): Promise<void> {
    const writer = new ByteWriter().raw(new TextEncoder().encode(MAGIC)).fixed(head.federationHash, HASH_BYTES);
    return this.#save('head', writer.bytes16(head.frontier.encode()).bytes32(head.note).finish());
  }

  async bundle(index: number): Promise<readonly Uint8Array[] | undefined> {
    const bytes = await readIfThere(join(this.#folder, nameOf(index)));
    return bytes && splitEntryBundle(bytes, TILE_WIDTH).entries;
  }

  saveBundle(index: number, entries: readonly Uint8Array[]): Promise<void> {
    return this.#save(nameOf(index), encodeEntryBundle(entries));
  }

  async #save(name: string, bytes: Uint8Array): Promise<void> {
    if (!this.#isMade) await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    this.#isMade = true;
    await replaceFile(join(this.#folder, name), bytes);
  }
}

function decodeHead(bytes: Uint8Array): ReplayedHead {
  const reader = new ByteReader(bytes, MAX_HEAD_BYTES).magic(MAGIC);
  const federationHash = reader.fixed(HASH_BYTES);
  const frontier = Frontier.parse(reader.bytes16());
  const note = reader.bytes32(MAX_HEAD_BYTES);
  reader.end();
  return { federationHash, frontier, note };
}

function nameOf(index: number): string {
  return `${index}.bundle`;
}
