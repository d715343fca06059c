import { InternalError, UsageError } from '@rogatory/kernel';
import { nodeHash } from './hashing.js';
import { perfectSubtrees, requireTreeSize, splitPoint, type NodeId } from './tree-size.js';

/** Where a proof builder gets hashes of perfect subtrees from. */
export interface HashReader {
  /** One hash per node, in order. MUST reject when a node is not there, MUST NOT give another one. */
  readHashes(nodes: readonly NodeId[]): Promise<readonly Uint8Array[]>;
}

/** Leaves `[begin, end)`; together one node of the tree. */
type Range = readonly [begin: number, end: number];

/**
 * Inclusion proof of one leaf (RFC 6962 section 2.1.1), read in one batch.
 * @throws UsageError `tlog/tree-size` unless `index < size`; whatever the reader throws.
 */
export function inclusionProof(index: number, size: number, reader: HashReader): Promise<Uint8Array[]> {
  requireTreeSize(size);
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) {
    throw new UsageError('tlog/tree-size', 'no such leaf in the tree', { details: { index, size } });
  }
  const path: Range[] = [];
  for (let begin = 0, end = size; end - begin > 1; ) {
    const split = begin + splitPoint(end - begin);
    if (index < split) {
      path.unshift([split, end]);
      end = split;
    } else {
      path.unshift([begin, split]);
      begin = split;
    }
  }
  return readRanges(path, reader);
}

/**
 * Consistency proof between two sizes (RFC 6962 section 2.1.2); empty for equal sizes.
 * @throws UsageError `tlog/tree-size` unless `1 <= firstSize <= secondSize`.
 */
export function consistencyProof(firstSize: number, secondSize: number, reader: HashReader): Promise<Uint8Array[]> {
  const path = consistencyPath(firstSize, secondSize);
  // SPEC: RFC 6962 2.1.2: the subtree is left out when it is the whole first tree.
  return readRanges(path[0]?.[0] === 0 ? path.slice(1) : path, reader);
}

/** As `consistencyProof`, with the shared subtree always first; what `consistencyRoots` takes. */
export function fullConsistencyPath(firstSize: number, secondSize: number, reader: HashReader): Promise<Uint8Array[]> {
  return readRanges(consistencyPath(firstSize, secondSize), reader);
}

/** Root of the first `size` leaves. */
export async function treeRoot(size: number, reader: HashReader): Promise<Uint8Array> {
  requireTreeSize(size);
  if (size === 0) throw new UsageError('tlog/tree-size', 'an empty tree has no nodes');
  const [root] = await readRanges([[0, size]], reader);
  if (root === undefined) throw new InternalError('internal/tlog', 'a range without a hash');
  return root;
}

function consistencyPath(firstSize: number, secondSize: number): Range[] {
  requireTreeSize(firstSize);
  requireTreeSize(secondSize);
  if (firstSize < 1 || firstSize > secondSize) {
    throw new UsageError('tlog/tree-size', 'sizes are not in order', { details: { firstSize, secondSize } });
  }
  const path: Range[] = [];
  let begin = 0;
  let end = secondSize;
  while (firstSize !== end) {
    const split = begin + splitPoint(end - begin);
    if (firstSize <= split) {
      path.unshift([split, end]);
      end = split;
    } else {
      path.unshift([begin, split]);
      begin = split;
    }
  }
  path.unshift([begin, end]);
  return path;
}

async function readRanges(ranges: readonly Range[], reader: HashReader): Promise<Uint8Array[]> {
  const plans = ranges.map(([begin, end]) => perfectSubtrees(begin, end));
  const hashes = await reader.readHashes(plans.flat());
  let at = 0;
  return plans.map((plan) => {
    const parts = hashes.slice(at, (at += plan.length));
    if (parts.length !== plan.length) throw new InternalError('internal/tlog', 'a hash reader left out a hash');
    return parts.reduceRight((right, left) => nodeHash(left, right));
  });
}
