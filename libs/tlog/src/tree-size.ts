import { UsageError, limits } from '@rogatory/kernel';

/** Whether a number counts leaves of a tree we take: a whole number from 0 to 2^48. */
export function isTreeSize(size: number): boolean {
  return Number.isSafeInteger(size) && size >= 0 && size <= limits.maxTreeSize;
}

/** @throws UsageError `tlog/tree-size` unless a whole number from 0 to 2^48. */
export function requireTreeSize(size: number): void {
  if (!isTreeSize(size)) throw new UsageError('tlog/tree-size', 'not a tree size', { details: { size } });
}

const DECIMAL = /^(?:0|[1-9][0-9]{0,15})$/;

/** The number a size or index line holds; undefined unless ASCII decimal without leading zeroes, up to 2^48. */
export function decimal(text: string): number | undefined {
  if (!DECIMAL.test(text)) return undefined;
  const value = Number(text);
  return isTreeSize(value) ? value : undefined;
}

/** The largest power of two below `size`, which is at least 2 (RFC 6962 section 2.1). */
export function splitPoint(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

/** A perfect subtree: leaves `index * 2^level` up to `(index + 1) * 2^level`. */
export interface NodeId {
  readonly level: number;
  readonly index: number;
}

/** Perfect subtrees that make up the leaves `[begin, end)`, left to right, each as large as its place allows. */
export function perfectSubtrees(begin: number, end: number): NodeId[] {
  const nodes: NodeId[] = [];
  for (let at = begin; at < end; ) {
    let level = 0;
    let width = 1;
    while (at % (2 * width) === 0 && at + 2 * width <= end) {
      width *= 2;
      level++;
    }
    nodes.push({ level, index: at / width });
    at += width;
  }
  return nodes;
}
