import { concatBytes, equalBytes } from '@rogatory/kernel';
import { sizes } from '@rogatory/protocol';
import { Frontier, isIncluded } from '@rogatory/tlog';
import { fileError } from '../e2ee.errors.js';
import { segmentLeaf } from './segment-leaf.js';

/** SPEC: files 3: root over the leaves as RFC 6962 */
export function fileRoot(leaves: Iterable<Uint8Array>): Uint8Array {
  const frontier = new Frontier();
  for (const leaf of leaves) frontier.append(leaf);
  return frontier.root();
}

/** What a manifest says of the stored bytes. */
export interface FileTree {
  readonly root: Uint8Array;
  readonly segments: number;
}

/**
 * The leaf hashes of a file as a server offers them, 32 bytes each in a row, once they are shown to give the root.
 * @throws VerificationError `e2ee/file`.
 */
export function verifyLeaves(tree: FileTree, leafHashes: Uint8Array): readonly Uint8Array[] {
  if (leafHashes.length !== tree.segments * sizes.hash) throw fileError();
  const leaves = Array.from({ length: tree.segments }, (_, i) =>
    leafHashes.slice(i * sizes.hash, (i + 1) * sizes.hash),
  );
  if (!equalBytes(fileRoot(leaves), tree.root)) throw fileError();
  return leaves;
}

/** @throws VerificationError `e2ee/file` unless the segment is number `index` of the file with this root. */
export function verifySegmentInclusion(
  tree: FileTree,
  index: number,
  sealedSegment: Uint8Array,
  proof: readonly Uint8Array[],
): void {
  const leaf = segmentLeaf(index, sealedSegment);
  if (!isIncluded({ index, size: tree.segments, leaf, root: tree.root, proof })) throw fileError();
}

/** Leaf hashes in a row, as they are stored and journalled. */
export function joinLeaves(leaves: readonly Uint8Array[]): Uint8Array {
  return concatBytes(...leaves);
}
