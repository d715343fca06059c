import { CodecError, UsageError, concatBytes, limits } from '@rogatory/kernel';
import { HASH_BYTES, emptyRoot, hashAt, nodeHash, requireHash } from './hashing.js';
import { isTreeSize, type NodeId } from './tree-size.js';

/** Told of each perfect subtree the moment its last leaf is in, the leaf itself (level 0) included. */
export type NodeListener = (node: NodeId, hash: Uint8Array) => void;

const SIZE_BYTES = 8;

/**
 * The right edge of a tree (compact range from leaf 0): at most 49 hashes that give the root and take more leaves.
 * Appending n leaves costs about n node hashes; nothing else of the tree is kept. Mutable; `clone` before a try.
 */
export class Frontier {
  #size = 0;
  /** Present at level l exactly when bit l of the size is set. */
  readonly #nodes: (Uint8Array | undefined)[] = [];

  /** Number of leaves. */
  get size(): number {
    return this.#size;
  }

  /** Adds one leaf hash. @throws UsageError `tlog/hash-length`, `tlog/tree-size` when the tree is full. */
  append(leaf: Uint8Array, onNode?: NodeListener): void {
    this.appendSubtree(0, leaf, onNode);
  }

  /**
   * Adds the `2^level` leaves under one hash; the size must be a multiple of that.
   * @throws UsageError `tlog/alignment` when it is not, `tlog/hash-length`, `tlog/tree-size`.
   */
  appendSubtree(level: number, hash: Uint8Array, onNode?: NodeListener): void {
    requireHash(hash);
    const width = 2 ** level;
    if (this.#size % width !== 0) throw new UsageError('tlog/alignment', 'a subtree does not fit here');
    if (!isTreeSize(this.#size + width)) throw new UsageError('tlog/tree-size', 'the tree is full');
    let carry: Uint8Array = hash.slice();
    let at = level;
    onNode?.({ level: at, index: this.#size / width }, carry);
    for (let left = this.#nodes[at]; left !== undefined; left = this.#nodes[at]) {
      carry = nodeHash(left, carry);
      this.#nodes[at] = undefined;
      at++;
      onNode?.({ level: at, index: Math.floor(this.#size / 2 ** at) }, carry);
    }
    this.#nodes[at] = carry;
    this.#size += width;
  }

  /** Root of all leaves (RFC 6962 section 2.1). */
  root(): Uint8Array {
    let root: Uint8Array | undefined;
    for (const node of this.#nodes) {
      if (node !== undefined) root = root === undefined ? node : nodeHash(node, root);
    }
    return root?.slice() ?? emptyRoot();
  }

  clone(): Frontier {
    const copy = new Frontier();
    copy.#size = this.#size;
    copy.#nodes.push(...this.#nodes);
    return copy;
  }

  /** Size as uint64 big-endian, then the hashes of the perfect subtrees from left (largest) to right. */
  encode(): Uint8Array {
    const size = new Uint8Array(SIZE_BYTES);
    new DataView(size.buffer).setBigUint64(0, BigInt(this.#size));
    return concatBytes(size, ...this.#nodes.filter((node) => node !== undefined).reverse());
  }

  /** Inverse of `encode`. @throws CodecError `tlog/frontier`. */
  static parse(bytes: Uint8Array): Frontier {
    if (bytes.length < SIZE_BYTES) throw malformed();
    const size = new DataView(bytes.buffer, bytes.byteOffset, SIZE_BYTES).getBigUint64(0);
    if (size > BigInt(limits.maxTreeSize)) throw malformed();
    const levels = [...size.toString(2)].reverse().flatMap((bit, level) => (bit === '1' ? [level] : []));
    const hashes = bytes.subarray(SIZE_BYTES);
    if (hashes.length !== levels.length * HASH_BYTES) throw malformed();
    const frontier = new Frontier();
    levels.reverse().forEach((level, place) => frontier.appendSubtree(level, hashAt(hashes, place)));
    return frontier;
  }
}

function malformed(): CodecError {
  return new CodecError('tlog/frontier', 'not a frontier');
}
