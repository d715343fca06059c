import { describe, expect, it } from '@jest/globals';
import { sha256 } from '@rogatory/crypto/verify';
import { utf8 } from '@rogatory/kernel';
import fc from 'fast-check';
import { type MapEnd, PositionMap, verifyPosition } from './position-map.js';

const bytesOf = (text: string) => sha256(utf8(text));
const fill = (depth: number, path: Uint8Array) => sha256(Uint8Array.of(7, depth, ...path));
const pause = async () => undefined;
const build = (ends: readonly MapEnd[]) => PositionMap.build(ends, { fill, pause });
const endsOf = (names: readonly string[]): readonly MapEnd[] =>
  names.map((name) => ({ position: bytesOf(`at ${name}`), commitment: bytesOf(`value ${name}`) }));

describe('map of positions', () => {
  it('shows every end and nothing else, whatever the order it was built in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.string(), { maxLength: 60 }), async (names) => {
        const ends = endsOf(names);
        const map = await build(ends);
        expect((await build(ends.toReversed())).root).toEqual(map.root);
        for (const { position, commitment } of ends) {
          const proof = map.prove(position);
          if (proof === undefined) throw new Error('not shown');
          expect(proof.commitment).toEqual(commitment);
          verifyPosition(map.root, position, proof);
          for (const other of [bytesOf('another value'), ...ends.map((end) => end.commitment)]) {
            if (other.every((byte, at) => byte === commitment[at])) continue;
            expect(() => verifyPosition(map.root, position, { ...proof, commitment: other })).toThrow('not shown');
          }
        }
        expect(map.prove(bytesOf('absent'))).toBeUndefined();
      }),
      { seed: 31, numRuns: process.env['ROGATORY_LONG'] === '1' ? 500 : 15 },
    );
  });

  it('leads one position to one end: a proof of another does not serve', async () => {
    const [one, two] = endsOf(['one', 'two']) as [MapEnd, MapEnd];
    const map = await build([one, two]);
    const proof = map.prove(one.position);
    if (proof === undefined) throw new Error('not shown');
    expect(() => verifyPosition(map.root, two.position, proof)).toThrow('not shown');
    expect(() => verifyPosition(map.root, one.position, { ...proof, siblings: proof.siblings.slice(1) })).toThrow();
    const long = Array.from({ length: 257 }, () => new Uint8Array(32));
    expect(() => verifyPosition(map.root, one.position, { ...proof, siblings: long })).toThrow('not shown');
    expect(() => verifyPosition(map.root, one.position, { ...proof, siblings: [new Uint8Array(31)] })).toThrow();
    await expect(build([one, one])).rejects.toMatchObject({ code: 'tlog/position' });
  });

  it('separates positions that agree in all but the last bit', async () => {
    const near = new Uint8Array(32).fill(0x5a);
    const last = Uint8Array.from(near, (byte, at) => (at === 31 ? byte ^ 1 : byte));
    const ends = [near, last].map((position, at) => ({ position, commitment: bytesOf(`near ${at}`) }));
    const map = await build(ends);
    for (const { position } of ends) {
      const proof = map.prove(position);
      expect(proof?.siblings).toHaveLength(256);
      if (proof !== undefined) verifyPosition(map.root, position, proof);
    }
  });

  it('says nothing of neighbours: with other secrets, every hash beside a path is another', async () => {
    const ends = endsOf(['own', ...Array.from({ length: 20 }, (_, at) => `other ${at}`)]);
    const [own] = ends as [MapEnd];
    const proofs = await Promise.all(
      [1, 2].map(async (secret) => {
        const hidden = ends.map(({ position }, at) => ({ position, commitment: bytesOf(`${secret} ${at}`) }));
        const draw = (depth: number, path: Uint8Array) => sha256(Uint8Array.of(secret, depth, ...path));
        return (await PositionMap.build(hidden, { fill: draw, pause })).prove(own.position);
      }),
    );
    const [first, second] = proofs.map((proof) => (proof?.siblings ?? []).map((hash) => hash.join()));
    expect(first).toHaveLength(second?.length ?? 0);
    expect(first?.filter((hash) => second?.includes(hash))).toEqual([]);
    expect(new Set([...(first ?? []), ...(second ?? [])]).size).toBe(2 * (first?.length ?? 0));
  });
});
