import { equalBytes } from '@rogatory/kernel';
import { Frontier, perfectSubtrees, type SignedCheckpoint } from '@rogatory/tlog';

/**
 * The root over a contiguous range of leaves: from the subtrees before it, the leaves themselves, and the subtrees behind
 * it. The hashes given on both sides are believed only when the root in the end is that of a signed head.
 */
export class RangeRoot {
  readonly #frontier = new Frontier();

  /** @param left one hash per perfect subtree of `[0, first)`. */
  constructor(first: number, left: readonly Uint8Array[]) {
    append(this.#frontier, 0, first, left);
  }

  /** Leaves so far, those before the range included. */
  get size(): number {
    return this.#frontier.size;
  }

  append(leafHash: Uint8Array): void {
    this.#frontier.append(leafHash);
  }

  /** Whether the tree of the leaves so far has this root. */
  isAt(head: SignedCheckpoint): boolean {
    return this.#frontier.size === head.size && equalBytes(this.#frontier.root(), head.root);
  }

  /** Whether the tree, with the subtrees behind the range, is that of a head. */
  leadsTo(head: SignedCheckpoint, right: readonly Uint8Array[]): boolean {
    const whole = this.#frontier.clone();
    if (head.size < whole.size || perfectSubtrees(whole.size, head.size).length !== right.length) return false;
    append(whole, whole.size, head.size, right);
    return equalBytes(whole.root(), head.root);
  }
}

function append(frontier: Frontier, begin: number, end: number, hashes: readonly Uint8Array[]): void {
  perfectSubtrees(begin, end).forEach(({ level }, i) => {
    const hash = hashes[i];
    if (hash !== undefined) frontier.appendSubtree(level, hash);
  });
}
