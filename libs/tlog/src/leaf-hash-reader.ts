import { UsageError } from '@rogatory/kernel';
import { HASH_BYTES, subtreeHash } from './hashing.js';
import { Frontier } from './frontier.js';
import type { HashReader } from './proof-building.js';
import type { NodeId } from './tree-size.js';

/** The leaves of a whole tree that is held in memory. */
export interface HeldLeaves {
  readonly size: number;
  /** Hash of one leaf below the size. */
  readonly leaf: (index: number) => Uint8Array;
  /** Lets others work; called once every `LEAVES_AT_ONCE` leaves, so that a large tree holds up nobody. */
  readonly pause: () => Promise<void>;
}

/** Leaves that are hashed between two pauses: about a millisecond. A power of two. */
export const LEAVES_AT_ONCE = 1024;

/** Hashes of perfect subtrees, computed from the leaf hashes of a tree. */
export class LeafHashReader implements HashReader {
  readonly #leaves: HeldLeaves;

  constructor(leaves: HeldLeaves) {
    this.#leaves = leaves;
  }

  /** @throws UsageError `tlog/tree-size` on a node that the tree does not have. */
  async readHashes(nodes: readonly NodeId[]): Promise<Uint8Array[]> {
    const hashes: Uint8Array[] = [];
    for (const { level, index } of nodes) hashes.push(await this.#node(index * 2 ** level, 2 ** level));
    return hashes;
  }

  async #node(from: number, width: number): Promise<Uint8Array> {
    if (from + width > this.#leaves.size) throw new UsageError('tlog/tree-size', 'no such node in the tree');
    const step = Math.min(width, LEAVES_AT_ONCE);
    const node = new Frontier();
    for (let done = 0; done < width; done += step) {
      if (step === LEAVES_AT_ONCE) await this.#leaves.pause();
      node.appendSubtree(Math.log2(step), this.#subtree(from + done, step));
    }
    return node.root();
  }

  #subtree(from: number, width: number): Uint8Array {
    const hashes = new Uint8Array(width * HASH_BYTES);
    for (let place = 0; place < width; place++) hashes.set(this.#leaves.leaf(from + place), place * HASH_BYTES);
    return subtreeHash(hashes);
  }
}
