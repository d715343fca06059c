import { describe, expect, it } from '@jest/globals';
import { RogatoryError, fromBase64, fromHex, toHex, utf8 } from '@rogatory/kernel';
import fc from 'fast-check';
import { emptyRoot, leafHash, nodeHash } from './hashing.js';
import { isConsistent, isIncluded, verifyConsistency, verifyInclusion } from './merkle-proofs.js';
import { consistencyProof, inclusionProof, treeRoot } from './proof-building.js';
import { flipBit, naiveReader, naiveRoot, numberedLeaves } from './testing/memory-log.js';
import { outsideVectors } from './testing/outside-vectors.js';

interface InclusionVector {
  readonly leafIdx: number;
  readonly treeSize: number;
  readonly root: string;
  readonly leafHash: string;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
}

interface ConsistencyVector {
  readonly size1: number;
  readonly size2: number;
  readonly root1: string;
  readonly root2: string;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
}

function hashes(proof: readonly string[] | null): Uint8Array[] {
  return (proof ?? []).map(fromBase64);
}

const vectors = outsideVectors('merkle/testdata');
const withVectors = vectors.isPresent ? describe : describe.skip;

withVectors(`vectors of transparency-dev/merkle${vectors.note}`, () => {
  it('98 inclusion proofs, good and bad', () => {
    const files = vectors.list('inclusion');
    for (const file of files) {
      const vector = JSON.parse(vectors.readText(`inclusion/${file}`)) as InclusionVector;
      const claim = {
        index: vector.leafIdx,
        size: vector.treeSize,
        leaf: fromBase64(vector.leafHash),
        root: fromBase64(vector.root),
        proof: hashes(vector.proof),
      };
      expect([file, isIncluded(claim)]).toEqual([file, !vector.wantErr]);
    }
    expect(files).toHaveLength(98);
  });

  it('98 consistency proofs, good and bad', () => {
    const files = vectors.list('consistency');
    for (const file of files) {
      const vector = JSON.parse(vectors.readText(`consistency/${file}`)) as ConsistencyVector;
      const claim = {
        firstSize: vector.size1,
        firstRoot: fromBase64(vector.root1),
        secondSize: vector.size2,
        secondRoot: fromBase64(vector.root2),
        proof: hashes(vector.proof),
      };
      expect([file, isConsistent(claim)]).toEqual([file, !vector.wantErr]);
    }
    expect(files).toHaveLength(98);
  });
});

describe('hashing (constants of rfc6962_test.go)', () => {
  it('hashes nothing, the empty leaf, a leaf and a node', () => {
    expect(toHex(emptyRoot())).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(toHex(leafHash(utf8('')))).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
    expect(toHex(leafHash(utf8('L123456')))).toBe('395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56');
    // The constant hashes "N123" and "N456", which are no hashes: our node hash refuses them.
    expect(() => nodeHash(utf8('N123'), utf8('N456'))).toThrow(RogatoryError);
  });

  it('does not let one call leave bytes for the next', () => {
    const alone = toHex(leafHash(fromHex('ff')));
    leafHash(new Uint8Array(65_535).fill(9));
    expect(toHex(leafHash(fromHex('ff')))).toBe(alone);
    expect(() => leafHash(new Uint8Array(65_536))).toThrow(RogatoryError);
  });
});

const leaves = numberedLeaves(48);
const roots = Array.from({ length: leaves.length + 1 }, (_, size) => naiveRoot(leaves.slice(0, size)));
const reader = naiveReader(leaves);
const rootOf = (size: number): Uint8Array => roots[size]!;

describe('proofs of every pair up to 48 leaves', () => {
  it('inclusion: the right claim holds, each other index, size and leaf fails', async () => {
    for (let size = 1; size <= leaves.length; size++) {
      for (let index = 0; index < size; index++) {
        const proof = await inclusionProof(index, size, reader);
        const claim = { index, size, leaf: leaves[index]!, root: rootOf(size), proof };
        verifyInclusion(claim);
        const other = (index + 1) % size;
        if (other !== index) {
          expect(isIncluded({ ...claim, index: other })).toBe(false);
          expect(isIncluded({ ...claim, leaf: leaves[other]! })).toBe(false);
        }
        expect(isIncluded({ ...claim, root: rootOf(size - 1) })).toBe(false);
        expect(isIncluded({ ...claim, proof: [...proof, leaves[0]!] })).toBe(false);
        if (proof.length > 0) expect(isIncluded({ ...claim, proof: proof.slice(1) })).toBe(false);
      }
    }
  });

  it('consistency: the right claim holds, each other size and root fails', async () => {
    for (let secondSize = 1; secondSize <= leaves.length; secondSize++) {
      expect(await treeRoot(secondSize, reader)).toEqual(rootOf(secondSize));
      for (let firstSize = 1; firstSize <= secondSize; firstSize++) {
        const proof = await consistencyProof(firstSize, secondSize, reader);
        const claim = { firstSize, secondSize, firstRoot: rootOf(firstSize), secondRoot: rootOf(secondSize), proof };
        verifyConsistency(claim);
        expect(isConsistent({ ...claim, firstRoot: rootOf(firstSize - 1) })).toBe(false);
        expect(isConsistent({ ...claim, secondRoot: rootOf(secondSize - 1) })).toBe(false);
        expect(isConsistent({ ...claim, proof: [...proof, leaves[0]!] })).toBe(false);
        if (proof.length > 0) expect(isConsistent({ ...claim, proof: proof.slice(0, -1) })).toBe(false);
      }
    }
  });

  it('an empty first tree shows nothing', () => {
    const claim = { firstSize: 0, secondSize: 1, firstRoot: emptyRoot(), secondRoot: rootOf(1), proof: [] };
    expect(isConsistent(claim)).toBe(false);
    expect(() => verifyConsistency(claim)).toThrow(expect.objectContaining({ code: 'tlog/consistency' }));
  });
});

describe('any flipped bit', () => {
  const numRuns = process.env['ROGATORY_LONG'] === '1' ? 5_000 : 200;

  it('of an inclusion proof, leaf or root fails', async () => {
    const size = fc.integer({ min: 2, max: 48 });
    await fc.assert(
      fc.asyncProperty(size, fc.nat(), fc.nat(), async (n, place, bit) => {
        const index = place % n;
        const proof = await inclusionProof(index, n, reader);
        const claim = { index, size: n, leaf: leaves[index]!, root: rootOf(n), proof };
        const at = bit % proof.length;
        const bad = proof.map((hash, i) => (i === at ? flipBit(hash, bit % 256) : hash));
        expect(isIncluded({ ...claim, proof: bad })).toBe(false);
        expect(isIncluded({ ...claim, leaf: flipBit(claim.leaf, bit % 256) })).toBe(false);
        expect(isIncluded({ ...claim, root: flipBit(claim.root, bit % 256) })).toBe(false);
      }),
      { seed: 20_261_123, numRuns },
    );
  });

  it('of a consistency proof or root fails', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 48 }), fc.nat(), fc.nat(), async (secondSize, place, bit) => {
        const firstSize = 1 + (place % (secondSize - 1));
        const proof = await consistencyProof(firstSize, secondSize, reader);
        const claim = { firstSize, secondSize, firstRoot: rootOf(firstSize), secondRoot: rootOf(secondSize), proof };
        const at = bit % proof.length;
        const bad = proof.map((hash, i) => (i === at ? flipBit(hash, bit % 256) : hash));
        expect(isConsistent({ ...claim, proof: bad })).toBe(false);
        expect(isConsistent({ ...claim, firstRoot: flipBit(claim.firstRoot, bit % 256) })).toBe(false);
        expect(isConsistent({ ...claim, secondRoot: flipBit(claim.secondRoot, bit % 256) })).toBe(false);
      }),
      { seed: 20_261_123, numRuns },
    );
  });

  it('sizes beyond 32 bits count as themselves', () => {
    const claim = { leaf: leaves[0]!, root: rootOf(1), proof: [] };
    expect(isIncluded({ ...claim, index: 0, size: 1 })).toBe(true);
    expect(isIncluded({ ...claim, index: 0, size: 2 ** 32 + 1 })).toBe(false);
    expect(isIncluded({ ...claim, index: 2 ** 32, size: 2 ** 32 + 1, proof: [] })).toBe(false);
    // The last leaf of a tree of 2^40 + 1: its sibling is the perfect tree to its left.
    const root = nodeHash(rootOf(2), leaves[7]!);
    expect(isIncluded({ index: 2 ** 40, size: 2 ** 40 + 1, leaf: leaves[7]!, root, proof: [rootOf(2)] })).toBe(true);
    expect(isIncluded({ index: 2 ** 49, size: 2 ** 49 + 1, leaf: leaves[7]!, root, proof: [rootOf(2)] })).toBe(false);
  });
});
