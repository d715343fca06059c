import { describe, expect, it } from '@jest/globals';
import { toHex } from '@rogatory/kernel';
import fc from 'fast-check';
import { Frontier } from './frontier.js';
import { naiveRoot, numberedLeaves } from './testing/memory-log.js';

const numRuns = process.env['ROGATORY_LONG'] === '1' ? 2_000 : 60;
const leaves = numberedLeaves(700);

function frontierOf(size: number): Frontier {
  const frontier = new Frontier();
  for (const leaf of leaves.slice(0, size)) frontier.append(leaf);
  return frontier;
}

describe('Frontier', () => {
  it('has the root of the definition at any size, and again after encode, parse and clone', () => {
    fc.assert(
      fc.property(fc.nat(700), (size) => {
        const frontier = frontierOf(size);
        const root = toHex(naiveRoot(leaves.slice(0, size)));
        expect(frontier.size).toBe(size);
        expect(toHex(frontier.root())).toBe(root);
        expect(toHex(Frontier.parse(frontier.encode()).root())).toBe(root);
        expect(toHex(frontier.clone().root())).toBe(root);
      }),
      { seed: 20_261_123, numRuns },
    );
  });

  it('grows the same by leaves, by subtrees, and after being parsed', () => {
    fc.assert(
      fc.property(fc.nat(690), fc.nat(9), (size, more) => {
        const parsed = Frontier.parse(frontierOf(size).encode());
        for (const leaf of leaves.slice(size, size + more)) parsed.append(leaf);
        expect(toHex(parsed.root())).toBe(toHex(frontierOf(size + more).root()));
      }),
      { seed: 20_261_123, numRuns },
    );
    const bySubtrees = frontierOf(256);
    bySubtrees.appendSubtree(8, naiveRoot(leaves.slice(256, 512)));
    expect(toHex(bySubtrees.root())).toBe(toHex(frontierOf(512).root()));
  });

  it('leaves the original alone when its clone grows', () => {
    const frontier = frontierOf(5);
    frontier.clone().append(leaves[5]!);
    expect(frontier.size).toBe(5);
    expect(toHex(frontier.root())).toBe(toHex(frontierOf(5).root()));
  });

  it('tells of every perfect subtree once, in order of completion', () => {
    const seen: string[] = [];
    const frontier = new Frontier();
    for (const leaf of leaves.slice(0, 4)) frontier.append(leaf, (node) => seen.push(`${node.level}/${node.index}`));
    expect(seen).toEqual(['0/0', '0/1', '1/0', '0/2', '0/3', '1/1', '2/0']);
  });

  it('refuses what does not fit', () => {
    const code = (run: () => unknown): unknown => {
      try {
        return run();
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(code(() => frontierOf(3).appendSubtree(1, leaves[0]!))).toBe('tlog/alignment');
    expect(code(() => new Frontier().append(new Uint8Array(31)))).toBe('tlog/hash-length');
    expect(code(() => new Frontier().appendSubtree(49, leaves[0]!))).toBe('tlog/tree-size');
    const encoded = frontierOf(5).encode();
    expect(code(() => Frontier.parse(encoded.slice(0, -1)))).toBe('tlog/frontier');
    expect(code(() => Frontier.parse(encoded.slice(0, 7)))).toBe('tlog/frontier');
    expect(code(() => Frontier.parse(new Uint8Array([...encoded, 0])))).toBe('tlog/frontier');
    expect(code(() => Frontier.parse(new Uint8Array(8).fill(255)))).toBe('tlog/frontier');
  });
});
