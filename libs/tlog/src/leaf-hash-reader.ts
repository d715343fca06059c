import { UsageError } from '@rogatory/kernel';
import { HASH_BYTES, subtreeHash } from './hashing.js';
import type { HashReader } from './proof-building.js';
import type { NodeId } from './tree-size.js';

/** Hashes of perfect subtrees, computed from the leaf hashes of a whole tree that is held in memory. */
export class LeafHashReader implements HashReader {
  readonly #leaves: readonly Uint8Array[];

  constructor(leaves: readonly Uint8Array[]) {
    this.#leaves = leaves;
  }

  /** @throws UsageError `tlog/tree-size` on a node that the tree does not have. */
  async readHashes(nodes: readonly NodeId[]): Promise<Uint8Array[]> {
    return nodes.map(({ level, index }) => {
      const width = 2 ** level;
      const leaves = this.#leaves.slice(index * width, (index + 1) * width);
      if (leaves.length !== width) throw new UsageError('tlog/tree-size', 'no such node in the tree');
      const hashes = new Uint8Array(width * HASH_BYTES);
      leaves.forEach((leaf, place) => hashes.set(leaf, place * HASH_BYTES));
      return subtreeHash(hashes);
    });
  }
}
