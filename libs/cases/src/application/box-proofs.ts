import { leafHash, Frontier, inclusionProof, type NodeId } from '@rogatory/tlog';
import { boxLeaf } from '@rogatory/chain';
import type { Box } from '@rogatory/protocol';
import { brokenRow } from '../domain/case.errors.js';

/** Inclusion proofs of all boxes of a link under its boxRoot, in their order. */
export async function boxProofs(boxes: readonly Box[], bytes: readonly Uint8Array[]): Promise<Uint8Array[][]> {
  const nodes = new Map<string, Uint8Array>();
  const frontier = new Frontier();
  boxes.forEach((box, i) => {
    frontier.append(leafHash(boxLeaf(box, bytes[i] as Uint8Array)), (node, hash) => nodes.set(keyOf(node), hash));
  });
  const reader = {
    readHashes: async (wanted: readonly NodeId[]) =>
      wanted.map((node) => {
        const hash = nodes.get(keyOf(node));
        if (hash === undefined) throw brokenRow();
        return hash;
      }),
  };
  return Promise.all(boxes.map((_, index) => inclusionProof(index, boxes.length, reader)));
}

function keyOf({ level, index }: NodeId): string {
  return `${level}/${index}`;
}
