import { VerificationError, equalBytes, limits } from '@rogatory/kernel';
import { emptyRoot, isHash, nodeHash } from './hashing.js';
import { isTreeSize } from './tree-size.js';

/** Says: the entry with this leaf hash is number `index` of the tree of `size` leaves under `root`. */
export interface InclusionClaim {
  readonly index: number;
  readonly size: number;
  readonly leaf: Uint8Array;
  readonly root: Uint8Array;
  /** From the leaf's sibling up to the root's child (RFC 6962 section 2.1.1). */
  readonly proof: readonly Uint8Array[];
}

/** Says: the tree under `secondRoot` begins with all leaves of the tree under `firstRoot`. */
export interface ConsistencyClaim {
  readonly firstSize: number;
  readonly firstRoot: Uint8Array;
  readonly secondSize: number;
  readonly secondRoot: Uint8Array;
  /** RFC 6962 section 2.1.2; empty for equal sizes. */
  readonly proof: readonly Uint8Array[];
}

/** @throws VerificationError `tlog/inclusion` unless the proof shows the claim. */
export function verifyInclusion(claim: InclusionClaim): void {
  if (!isIncluded(claim)) throw new VerificationError('tlog/inclusion', 'the entry is not shown to be in the tree');
}

/** @throws VerificationError `tlog/consistency` unless the proof shows the claim. A first size of 0 shows nothing. */
export function verifyConsistency(claim: ConsistencyClaim): void {
  if (!isConsistent(claim)) {
    throw new VerificationError('tlog/consistency', 'the newer tree is not shown to extend the older one');
  }
}

/** Whether the proof shows the claim; never throws. Algorithm of RFC 9162 section 2.1.3.2. */
export function isIncluded({ index, size, leaf, root, proof }: InclusionClaim): boolean {
  if (!isTreeSize(index) || !isTreeSize(size) || index >= size) return false;
  if (!isHash(leaf) || !isHash(root) || !isProof(proof)) return false;
  const walk = new PathWalk(index, size - 1);
  let hash = leaf;
  for (const sibling of proof) {
    if (walk.atRoot) return false;
    hash = walk.siblingIsLeft ? nodeHash(sibling, hash) : nodeHash(hash, sibling);
    walk.climb();
  }
  return walk.atRoot && equalBytes(hash, root);
}

/** Whether the proof shows the claim; never throws. Algorithm of RFC 9162 section 2.1.4.2. */
export function isConsistent(claim: ConsistencyClaim): boolean {
  const { firstSize, firstRoot, secondSize, secondRoot, proof } = claim;
  if (!isTreeSize(firstSize) || !isTreeSize(secondSize)) return false;
  // An empty tree is the beginning of every tree: a claim about it holds no evidence and is refused.
  if (firstSize === 0 || firstSize > secondSize) return false;
  if (firstSize === secondSize) return proof.length === 0 && equalBytes(firstRoot, secondRoot);
  const path = Number.isInteger(Math.log2(firstSize)) ? [firstRoot, ...proof] : proof;
  const roots = proof.length === 0 ? undefined : consistencyRoots(firstSize, secondSize, path);
  return roots !== undefined && equalBytes(roots.first, firstRoot) && equalBytes(roots.second, secondRoot);
}

/**
 * The two roots a full consistency path leads to, undefined when it has another shape. The full path always begins
 * with the subtree both trees share at the split, which RFC 6962 leaves out when that is the whole first tree.
 */
export function consistencyRoots(
  firstSize: number,
  secondSize: number,
  path: readonly Uint8Array[],
): { readonly first: Uint8Array; readonly second: Uint8Array } | undefined {
  if (!isTreeSize(firstSize) || !isTreeSize(secondSize) || firstSize < 1 || firstSize >= secondSize) return undefined;
  const [seed, ...rest] = path;
  if (seed === undefined || !isHash(seed) || !isProof(rest)) return undefined;
  const walk = new PathWalk(firstSize - 1, secondSize - 1);
  walk.skipRightChildren();
  let first = seed;
  let second = seed;
  for (const sibling of rest) {
    if (walk.atRoot) return undefined;
    if (walk.siblingIsLeft) {
      first = nodeHash(sibling, first);
      second = nodeHash(sibling, second);
    } else {
      second = nodeHash(second, sibling);
    }
    walk.climb();
  }
  return walk.atRoot ? { first, second } : undefined;
}

/** Whether a root is right for a tree of this size as far as the size alone tells. */
export function isPossibleRoot(size: number, root: Uint8Array): boolean {
  return isHash(root) && (size !== 0 || equalBytes(root, emptyRoot()));
}

function isProof(proof: readonly Uint8Array[]): boolean {
  return proof.length <= limits.maxProofHashes && proof.every(isHash);
}

/** The counters fn and sn of RFC 9162, as exact doubles (bit operations end at 32 bits). */
class PathWalk {
  #node: number;
  #last: number;

  constructor(node: number, last: number) {
    this.#node = node;
    this.#last = last;
  }

  get atRoot(): boolean {
    return this.#last === 0;
  }

  get siblingIsLeft(): boolean {
    return this.#node % 2 === 1 || this.#node === this.#last;
  }

  climb(): void {
    // The right edge has no sibling at levels where its subtree stands alone: skip those.
    if (this.#node === this.#last) while (this.#node % 2 === 0 && this.#node !== 0) this.#shift();
    this.#shift();
  }

  skipRightChildren(): void {
    while (this.#node % 2 === 1) this.#shift();
  }

  #shift(): void {
    this.#node = Math.floor(this.#node / 2);
    this.#last = Math.floor(this.#last / 2);
  }
}
