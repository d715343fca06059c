import { isRogatoryError } from '@rogatory/kernel';
import { decodeAuditLeaf } from '@rogatory/protocol';
import {
  Frontier,
  leafHash,
  openCheckpoint,
  readEntryBundle,
  TILE_WIDTH,
  type TileReader,
  tileWidth,
  type VerifierKey,
} from '@rogatory/tlog';
import { copyDiffers, copyShort, copyUnsigned } from '../domain/audit.errors.js';
import type { TreeHead } from '../application/log/log-tree.store.js';
import type { CopiedLeaf } from '../application/recovery.store.js';

export interface LogCopyParts {
  readonly tiles: TileReader;
  /** The copy's signed checkpoint, verbatim. */
  readonly checkpoint: Uint8Array;
  readonly origin: string;
  readonly logKeys: readonly VerifierKey[];
}

/** A copy of a log somewhere else: an export, a mirror, what an auditor kept. Nothing of it is believed before `verify`. */
export class LogCopy {
  readonly size: number;
  readonly #tiles: TileReader;

  /** @throws VerificationError `audit/copy-unsigned` unless the log signed the copy's head. */
  constructor({ tiles, checkpoint, origin, logKeys }: LogCopyParts) {
    try {
      this.size = openCheckpoint(checkpoint, { origin, logKeys }).size;
    } catch (cause) {
      throw isRogatoryError(cause) ? copyUnsigned(cause) : cause;
    }
    this.#tiles = tiles;
  }

  /**
   * Hashes the copy's leaves up to a signed head.
   * @throws VerificationError `audit/copy-short` when it does not reach the head, `audit/copy-differs` when it leads to
   * another one, or holds a leaf that is none.
   */
  async verify({ size, root }: TreeHead): Promise<void> {
    if (this.size < size) throw copyShort({ copySize: this.size, signedSize: size });
    const frontier = new Frontier();
    for (let index = 0; index * TILE_WIDTH < size; index++) {
      const bundle = await this.#bundle(index);
      for (const entry of bundle.slice(0, size - index * TILE_WIDTH)) frontier.append(leafHash(entry));
    }
    const computed = frontier.root();
    if (!computed.every((byte, place) => byte === root[place])) throw copyDiffers({ size });
  }

  /** Leaves from an index up to the end of their bundle, at most up to `end`. Call it after `verify`. */
  async leaves(first: number, end: number): Promise<readonly CopiedLeaf[]> {
    const index = Math.floor(first / TILE_WIDTH);
    const bundle = await this.#bundle(index);
    const entries = bundle.slice(first - index * TILE_WIDTH, end - index * TILE_WIDTH);
    return entries.map((bytes) => ({ bytes, leaf: decodeAuditLeaf(bytes) }));
  }

  async #bundle(index: number): Promise<readonly Uint8Array[]> {
    const width = tileWidth(this.size, 0, index);
    try {
      return await readEntryBundle(this.#tiles, { kind: 'entries', index, width });
    } catch (cause) {
      if (isRogatoryError(cause)) throw copyShort({ copySize: index * TILE_WIDTH, signedSize: this.size }, cause);
      throw cause;
    }
  }
}
