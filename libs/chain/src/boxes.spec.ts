import { describe, expect, it } from '@jest/globals';
import { decodeBox, encodeBox, linkTypes } from '@rogatory/protocol';
import { Frontier, leafHash } from '@rogatory/tlog';
import { applyLink } from './apply-link.js';
import { BoxTree, boxRootOf, recipientsOf, verifyBox, verifyBoxes } from './boxes.js';
import { boxLeaf } from './hashes.js';
import { makeCast, verdict } from './testing/cast.js';

const { world, state, lead, reader, contributor, contributorSpare } = makeCast(81);
const directory = world.federation.state;
const rotation = world.link(state, linkTypes.rotate, { signer: lead });
const applied = applyLink(state, rotation.bytes, world.facts());

describe('the boxes of a link', () => {
  it('are one per live member device, in order, under the box root', () => {
    expect(recipientsOf(applied, directory)).toEqual([...state.members.devices].map(([id]) => id));
    expect(verifyBoxes(applied, rotation.boxes, directory)).toHaveLength(5);
  });

  it('are refused when one is missing, doubled, swapped, foreign or changed', () => {
    const [first, second, ...rest] = rotation.boxes as [Uint8Array, Uint8Array, ...Uint8Array[]];
    const judge = (boxes: readonly Uint8Array[]): string => verdict(() => verifyBoxes(applied, boxes, directory));
    expect(judge(rest)).toBe('chain/boxes');
    expect(judge([first, second, ...rest, second])).toBe('chain/boxes');
    expect(judge([second, first, ...rest])).toBe('chain/boxes');
    expect(judge([encodeBox({ ...decodeBox(first), deviceId: contributorSpare.id }), second, ...rest])).toBe(
      'chain/boxes',
    );
    const changed = encodeBox({ ...decodeBox(first), sealed: new Uint8Array(120) });
    expect(judge([changed, second, ...rest])).toBe('chain/boxes');
    const prekeyHash = new Uint8Array(32).fill(1);
    expect(judge([encodeBox({ ...decodeBox(first), prekeyHash }), second, ...rest])).toBe('chain/boxes');
    expect(judge([first.subarray(1), second, ...rest])).toMatch(/^codec\//);
  });

  it('go one by one with a proof to their devices', () => {
    const tree = new BoxTree(rotation.boxes);
    rotation.boxes.forEach((bytes, index) => {
      const proof = tree.proof(index);
      expect(verifyBox(applied, { bytes, proof }, directory)).toEqual(decodeBox(bytes));
      expect(verdict(() => verifyBox(applied, { bytes, proof: proof.slice(1) }, directory))).toBe('chain/boxes');
      const swapped = encodeBox({ ...decodeBox(bytes), sealed: new Uint8Array(120) });
      expect(verdict(() => verifyBox(applied, { bytes: swapped, proof }, directory))).toBe('chain/boxes');
      const foreign = encodeBox({ ...decodeBox(bytes), deviceId: contributorSpare.id });
      expect(verdict(() => verifyBox(applied, { bytes: foreign, proof }, directory))).toBe('chain/boxes');
    });
  });

  it('are for the named devices alone where no epoch begins, and none for other links', () => {
    const body = { devices: [reader.id], epochs: [1] };
    const resealed = world.link(state, linkTypes.reseal, { signer: contributor, body });
    const afterReseal = applyLink(state, resealed.bytes, world.facts());
    expect(recipientsOf(afterReseal, directory)).toEqual([reader.id]);
    expect(verifyBoxes(afterReseal, resealed.boxes, directory)).toHaveLength(1);
    expect(verdict(() => verifyBoxes(afterReseal, rotation.boxes, directory))).toBe('chain/boxes');
    const closing = applyLink(state, world.link(state, linkTypes.close, { signer: lead }).bytes, world.facts());
    expect(recipientsOf(closing, directory)).toEqual([]);
    expect(verifyBoxes(closing, [], directory)).toEqual([]);
    expect(verdict(() => verifyBoxes(closing, rotation.boxes, directory))).toBe('chain/boxes');
  });

  it('have the root of RFC 6962 at every size', () => {
    for (let size = 1; size <= 33; size++) {
      const boxes = Array.from({ length: size }, (_, i) =>
        encodeBox({ ...decodeBox(rotation.boxes[0] as Uint8Array), sealed: new Uint8Array(8).fill(i) }),
      );
      const frontier = new Frontier();
      for (const bytes of boxes) frontier.append(leafHash(boxLeaf(decodeBox(bytes), bytes)));
      expect(boxRootOf(boxes)).toEqual(frontier.root());
    }
    expect(boxRootOf([])).toEqual(new Uint8Array(32));
  });
});
