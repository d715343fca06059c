import { describe, expect, it } from '@jest/globals';
import { equalBytes, toHex, utf8 } from '@rogatory/kernel';
import { isConsistent, isIncluded } from './merkle-proofs.js';
import { consistencyProof, inclusionProof } from './proof-building.js';
import { parseTilePath, tilePath, tileWidth, tilesOf, type TileId } from './tile-paths.js';
import { TileHashReader, decodeEntryBundle, encodeEntryBundle, splitEntryBundle } from './tiles.js';
import { MemoryLog, naiveRoot, numberedEntries, numberedLeaves, testingSigner } from './testing/memory-log.js';
import { TreeTail } from './tree-tail.js';
import { keyTypes } from './verifier-key.js';

const signer = testingSigner('log.example/audit', keyTypes.log);

describe('tile paths', () => {
  const table: [TileId, string][] = [
    [{ kind: 'hashes', level: 0, index: 0, width: 256 }, 'tile/0/000'],
    [{ kind: 'hashes', level: 1, index: 1_234_067, width: 256 }, 'tile/1/x001/x234/067'],
    [{ kind: 'hashes', level: 63, index: 999, width: 1 }, 'tile/63/999.p/1'],
    [{ kind: 'entries', index: 1_000, width: 255 }, 'tile/entries/x001/000.p/255'],
  ];
  it.each(table)('%j is %s and back', (tile, path) => {
    expect(tilePath(tile)).toBe(path);
    expect(parseTilePath(path)).toEqual(tile);
  });

  it.each([
    'tile/64/000',
    'tile/00/000',
    'tile/0/00',
    'tile/0/x000/001',
    'tile/0/001/000',
    'tile/0/x001',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/01',
    'tile/0/000/',
    '/tile/0/000',
    'tile/0/../000',
    'tile/entries/',
    'tile/Entries/000',
    'tile/0/-01',
    'tile/0/x999/x999/x999/x999/x999/999',
    'checkpoint',
    '',
  ])('%j is no path', (path) => {
    expect(() => parseTilePath(path)).toThrow(expect.objectContaining({ code: 'tlog/tile-path' }));
  });

  it.each([
    [{ kind: 'hashes', level: 64, index: 0, width: 256 }],
    [{ kind: 'hashes', level: 0, index: -1, width: 256 }],
    [{ kind: 'entries', index: 0, width: 257 }],
    [{ kind: 'entries', index: 0.5, width: 1 }],
  ] as [TileId][])('%j has no path', (tile) => {
    expect(() => tilePath(tile)).toThrow(expect.objectContaining({ code: 'tlog/tile-path' }));
  });
});

describe('tile widths of tlog-tiles', () => {
  it('70,000 leaves: 273 full and 112; 1 full and 17; 1', () => {
    const widths = (level: number): number[] => {
      const all: number[] = [];
      for (let index = 0; tileWidth(70_000, level, index) > 0; index++) all.push(tileWidth(70_000, level, index));
      return all;
    };
    expect(widths(0)).toEqual([...Array.from({ length: 273 }, () => 256), 112]);
    expect(widths(1)).toEqual([256, 17]);
    expect(widths(2)).toEqual([1]);
    expect(widths(3)).toEqual([]);
  });

  it('256 leaves: one full tile and a level 1 tile of width 1', () => {
    expect([...tilesOf(256)].map(tilePath)).toEqual(['tile/entries/000', 'tile/0/000', 'tile/1/000.p/1']);
    expect([...tilesOf(0)]).toEqual([]);
  });
});

describe('a log of 70,000 entries, grown in uneven batches', () => {
  const log = new MemoryLog(signer);
  for (let size = 0, batch = 1; size < 70_000; size += batch, batch = (batch * 7 + 3) % 1_009) {
    batch = Math.min(batch, 70_000 - size);
    log.append(numberedEntries(batch, size));
  }
  const leaves = numberedLeaves(70_000);

  it('has the root of the definition and exactly the files of its size, besides earlier partial ones', () => {
    expect(log.tail.size).toBe(70_000);
    expect(toHex(log.tail.root())).toBe(toHex(naiveRoot(leaves)));
    for (const tile of tilesOf(70_000)) expect(log.files.has(tilePath(tile))).toBe(true);
    const full = [...log.files.keys()].filter((path) => !path.includes('.p/'));
    expect(full).toHaveLength(273 + 273 + 1);
  });

  it('proves from its tiles what the definition proves', async () => {
    const reader = new TileHashReader(log, 70_000);
    const root = log.tail.root();
    for (const index of [0, 1, 255, 256, 65_535, 65_536, 69_887, 69_888, 69_999]) {
      const proof = await inclusionProof(index, 70_000, reader);
      expect(isIncluded({ index, size: 70_000, leaf: leaves[index]!, root, proof })).toBe(true);
    }
    for (const firstSize of [1, 255, 256, 257, 65_536, 65_537, 69_999]) {
      const proof = await consistencyProof(firstSize, 70_000, reader);
      const firstRoot = naiveRoot(leaves.slice(0, firstSize));
      expect(isConsistent({ firstSize, firstRoot, secondSize: 70_000, secondRoot: root, proof })).toBe(true);
    }
  });

  it('is read back from its tail and goes on as if never stopped', async () => {
    const again = await TreeTail.read(log, 70_000, log.tail.root());
    const more = numberedEntries(300, 70_000);
    const expected = log.tail.extend(more);
    const actual = again.extend(more);
    expect(toHex(actual.tail.root())).toBe(toHex(expected.tail.root()));
    expect(actual.files.map(({ path }) => path)).toEqual(expected.files.map(({ path }) => path));
    expect(actual.files.every((file, i) => equalBytes(file.bytes, expected.files[i]!.bytes))).toBe(true);
    expect(log.tail.size).toBe(70_000);
  });

  it('is not taken up when storage does not fit the head', async () => {
    const wrongRoot = TreeTail.read(log, 70_000, log.tail.root().fill(0));
    await expect(wrongRoot).rejects.toMatchObject({ code: 'tlog/tail' });
    const bundle = 'tile/entries/273.p/112';
    const bytes = log.files.get(bundle)!;
    log.files.set(bundle, encodeEntryBundle(numberedEntries(112, 1)));
    await expect(TreeTail.read(log, 70_000, log.tail.root())).rejects.toMatchObject({ code: 'tlog/tail' });
    log.files.delete(bundle);
    await expect(TreeTail.read(log, 70_000, log.tail.root())).rejects.toMatchObject({ code: 'tlog/tile-missing' });
    log.files.set(bundle, bytes);
    const tile = 'tile/1/001.p/17';
    log.files.set(tile, log.files.get(tile)!.slice(1));
    await expect(TreeTail.read(log, 70_000, log.tail.root())).rejects.toMatchObject({ code: 'tlog/tile' });
  });

  it('a missing partial tile is read from the full one', async () => {
    const small = new MemoryLog(signer);
    small.append(numberedEntries(200));
    const root = small.tail.root();
    small.append(numberedEntries(100, 200));
    small.files.delete('tile/0/000.p/200');
    small.files.delete('tile/entries/000.p/200');
    const proof = await inclusionProof(7, 200, new TileHashReader(small, 200));
    expect(isIncluded({ index: 7, size: 200, leaf: leaves[7]!, root, proof })).toBe(true);
    expect((await TreeTail.read(small, 200, root)).size).toBe(200);
  });

  it('asks for nothing outside its size', async () => {
    const reader = new TileHashReader(log, 70_000);
    await expect(reader.readHashes([{ level: 0, index: 70_000 }])).rejects.toMatchObject({ code: 'tlog/tree-size' });
    await expect(reader.readHashes([{ level: 17, index: 0 }])).rejects.toMatchObject({ code: 'tlog/tree-size' });
  });
});

describe('entry bundles', () => {
  const entries = [utf8('a'), new Uint8Array(0), new Uint8Array(65_535).fill(3)];

  it('hold entries of 0 to 65,535 bytes and come back', () => {
    const bytes = encodeEntryBundle(entries);
    expect([...bytes.subarray(0, 7)]).toEqual([0, 1, 97, 0, 0, 255, 255]);
    expect(decodeEntryBundle(bytes, 3).map((entry) => toHex(entry))).toEqual(entries.map((entry) => toHex(entry)));
  });

  it('are refused when cut, extended or of another width', () => {
    const bytes = encodeEntryBundle(entries);
    for (const [bad, width] of [
      [bytes.subarray(0, -1), 3],
      [new Uint8Array([...bytes, 0]), 3],
      [bytes, 2],
      [bytes, 4],
      [new Uint8Array(0), 1],
    ] as const) {
      expect(() => decodeEntryBundle(bad, width)).toThrow(expect.objectContaining({ code: 'tlog/tile' }));
    }
    expect(splitEntryBundle(bytes.subarray(0, 5), 3)).toMatchObject({ entries: { length: 2 }, rest: 0 });
    expect(() => encodeEntryBundle([])).toThrow(expect.objectContaining({ code: 'tlog/tile' }));
    expect(() => encodeEntryBundle([new Uint8Array(65_536)])).toThrow(
      expect.objectContaining({ code: 'tlog/entry-length' }),
    );
  });
});
