import { describe, expect, it } from '@jest/globals';
import { utf8 } from '@rogatory/kernel';
import { Frontier } from './frontier.js';
import { leafHash } from './hashing.js';
import { LEAVES_AT_ONCE, LeafHashReader } from './leaf-hash-reader.js';
import { verifyInclusion } from './merkle-proofs.js';
import { inclusionProof, treeRoot } from './proof-building.js';

describe('proofs over leaves in memory', () => {
  const size = 3 * LEAVES_AT_ONCE + 77;
  const hashes = Array.from({ length: size }, (_, index) => leafHash(utf8(String(index))));
  const frontier = new Frontier();
  for (const hash of hashes) frontier.append(hash);

  it('hold, and let others work in between', async () => {
    let [read, sincePause, most, pauses] = [0, 0, 0, 0];
    const leaf = (index: number): Uint8Array => {
      [read, sincePause] = [read + 1, sincePause + 1];
      most = Math.max(most, sincePause);
      return hashes[index] as Uint8Array;
    };
    const pause = async (): Promise<void> => {
      [sincePause, pauses] = [0, pauses + 1];
    };
    const reader = new LeafHashReader({ size, leaf, pause });
    expect(await treeRoot(size, reader)).toEqual(frontier.root());
    expect([read, pauses]).toEqual([size, 3]);
    for (const index of [0, 1, LEAVES_AT_ONCE, size - 1]) {
      const proof = await inclusionProof(index, size, reader);
      verifyInclusion({ index, size, leaf: hashes[index] as Uint8Array, root: frontier.root(), proof });
    }
    expect(most).toBeLessThan(3 * LEAVES_AT_ONCE);
    await expect(reader.readHashes([{ level: 12, index: 0 }])).rejects.toMatchObject({ code: 'tlog/tree-size' });
  });
});
