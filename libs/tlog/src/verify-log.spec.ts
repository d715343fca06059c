import { describe, expect, it } from '@jest/globals';
import { toHex, utf8 } from '@rogatory/kernel';
import fc from 'fast-check';
import { openCheckpoint, signCheckpoint } from './checkpoint.js';
import { isConsistent, isIncluded } from './merkle-proofs.js';
import { consistencyProof, inclusionProof } from './proof-building.js';
import { MemoryLog, flipBit, numberedEntries, testingSigner } from './testing/memory-log.js';
import { outsideVectors } from './testing/outside-vectors.js';
import { parseTilePath, tilesOf, tilePath } from './tile-paths.js';
import { TileHashReader, decodeEntryBundle, encodeEntryBundle } from './tiles.js';
import { keyTypes, parseVerifierKey } from './verifier-key.js';
import { verifyLog, type FailedLog, type LogVerdict } from './verify-log.js';

const signer = testingSigner('log.example/audit', keyTypes.log);

/** A verified log of 66,000 entries: 257 full tiles and one of 208, level 1 of 256 and 1, level 2 of 1. */
const SIZE = 66_000;
const log = new MemoryLog(signer);
const earlier: Uint8Array[] = [];
for (const size of [0, 1, 255, 256, 300, 65_536, 65_999, SIZE]) {
  log.append(numberedEntries(size - log.tail.size, log.tail.size));
  earlier.push(await log.checkpoint());
}
const checkpoint = earlier.at(-1)!;
const files = new Map([...tilesOf(SIZE)].map((tile) => [tilePath(tile), log.files.get(tilePath(tile))!]));

type Changes = Readonly<Record<string, Uint8Array | undefined>>;

function verify(
  changes: Changes = {},
  more: { earlier?: Uint8Array[]; firstEntry?: number } = {},
): Promise<LogVerdict> {
  const tiles = {
    readTile: (path: string) => Promise.resolve(path in changes ? changes[path] : files.get(path)),
  };
  return verifyLog({ tiles, checkpoint, open: log.open, ...more });
}

async function failure(changes: Changes, more: Parameters<typeof verify>[1] = {}): Promise<FailedLog> {
  const verdict = await verify(changes, more);
  if (verdict.outcome !== 'failed') throw new Error('the log was verified');
  return verdict;
}

/** The same log with entry 773 forged in all its files. */
const other = new MemoryLog(signer);
other.append(numberedEntries(SIZE).with(773, utf8('forged')));

/** Entries of a stored bundle after a change. */
function rebundle(path: string, change: (entries: Uint8Array[]) => Uint8Array[]): Changes {
  const tile = parseTilePath(path);
  return { [path]: encodeEntryBundle(change([...decodeEntryBundle(files.get(path)!, tile.width)])) };
}

describe('verifyLog on a whole log', () => {
  it('verifies it, against every older head, and shows every entry once and in order', async () => {
    let next = 0;
    const verdict = await verifyLog({
      tiles: log,
      checkpoint,
      open: log.open,
      earlier,
      onEntries: ({ firstIndex, entries, leafHashes }) => {
        expect(firstIndex).toBe(next);
        expect(leafHashes).toHaveLength(entries.length);
        expect(entries[0]).toEqual(utf8(`entry ${firstIndex}`));
        next += entries.length;
      },
    });
    expect(verdict).toMatchObject({ outcome: 'verified', firstEntry: 0, checkpoint: { size: SIZE } });
    expect(verdict).toMatchObject({ earlier: { length: earlier.length } });
    expect(next).toBe(SIZE);
  });

  it('verifies an empty log', async () => {
    const empty = new MemoryLog(signer);
    const verdict = await verifyLog({ tiles: empty, checkpoint: await empty.checkpoint(), open: empty.open });
    expect(verdict).toMatchObject({ outcome: 'verified', checkpoint: { size: 0 } });
  });

  it('verifies a pruned log from its minimum index on', async () => {
    const pruned = { 'tile/entries/000': undefined, 'tile/entries/001': undefined };
    expect(await verify(pruned, { firstEntry: 600, earlier })).toMatchObject({ outcome: 'verified', firstEntry: 600 });
    expect(await failure(pruned, { firstEntry: 511 })).toMatchObject({ fault: 'entry-missing', index: 256 });
  });

  it('passes on what the reader and the visitor throw', async () => {
    const broken = new Error('disk');
    const tiles = { readTile: () => Promise.reject(broken) };
    await expect(verifyLog({ tiles, checkpoint, open: log.open })).rejects.toBe(broken);
    const onEntries = (): void => {
      throw broken;
    };
    await expect(verifyLog({ tiles: log, checkpoint, open: log.open, onEntries })).rejects.toBe(broken);
  });
});

describe('verifyLog names the first thing wrong', () => {
  it.each([
    ['a changed entry', () => rebundle('tile/entries/003', (e) => e.with(5, utf8('forged'))), 'entry-mismatch', 773],
    [
      'two swapped entries',
      () => rebundle('tile/entries/003', (e) => e.with(5, e[9]!).with(9, e[5]!)),
      'entry-mismatch',
      773,
    ],
    ['a dropped entry', () => rebundle('tile/entries/003', (e) => e.toSpliced(5, 1)), 'entry-mismatch', 773],
    ['a dropped last entry', () => rebundle('tile/entries/003', (e) => e.slice(0, -1)), 'entry-missing', 1023],
    [
      'a last entry changed',
      () => rebundle('tile/entries/257.p/208', (e) => e.with(207, utf8('x'))),
      'entry-mismatch',
      65_999,
    ],
    ['a lost bundle', () => ({ 'tile/entries/003': undefined }), 'entry-missing', 768],
    ['a lost tile', () => ({ 'tile/0/003': undefined }), 'tile-missing', 768],
    ['a lost level 1 tile', () => ({ 'tile/1/000': undefined }), 'tile-missing', 0],
    ['a lost partial tile', () => ({ 'tile/1/001.p/1': undefined }), 'tile-missing', 65_536],
    ['a short tile', () => ({ 'tile/0/003': files.get('tile/0/003')!.slice(32) }), 'tile-malformed', 768],
    ['a long tile', () => ({ 'tile/2/000.p/1': new Uint8Array(64) }), 'tile-malformed', 0],
  ] as [string, () => Changes, string, number][])('%s', async (_, changes, fault, index) => {
    expect(await failure(changes())).toMatchObject({ fault, index });
  });

  it('a byte behind the last entry', async () => {
    const path = 'tile/entries/257.p/208';
    const surplus = new Uint8Array([...files.get(path)!, 0]);
    expect(await failure({ [path]: surplus })).toMatchObject({ fault: 'entry-surplus', index: SIZE, path });
  });

  it('a forged entry whose hash tile was forged along: the parent tells', async () => {
    const changes = Object.fromEntries(['tile/entries/003', 'tile/0/003'].map((path) => [path, other.files.get(path)]));
    const verdict = await failure(changes);
    expect(verdict).toMatchObject({ fault: 'tile-mismatch', index: 768, end: 1024, path: 'tile/1/000' });
  });

  it('a wholly rewritten log under the old head, and an old head under a rewritten log', async () => {
    const rewritten = await verifyLog({ tiles: other, checkpoint, open: log.open });
    expect(rewritten).toMatchObject({ outcome: 'failed', fault: 'root-mismatch', index: 0, end: SIZE });
    const resigned = await verifyLog({ tiles: other, checkpoint: await other.checkpoint(), open: log.open, earlier });
    expect(resigned).toMatchObject({ outcome: 'failed', fault: 'earlier-mismatch', end: 65_536 });
  });

  it('a cut tail against an older head', async () => {
    const verdict = await verifyLog({ tiles: log, checkpoint: earlier[4]!, open: log.open, earlier: [checkpoint] });
    expect(verdict).toMatchObject({ outcome: 'failed', fault: 'truncated', index: 300, end: SIZE });
  });

  it('heads that cannot be opened', async () => {
    const bad = await verifyLog({ tiles: log, checkpoint: flipBit(checkpoint, 9), open: log.open });
    expect(bad).toMatchObject({ outcome: 'failed', fault: 'checkpoint-refused' });
    const stranger = testingSigner('log.example/audit', keyTypes.log, 2);
    const forged = await signCheckpoint({ origin: signer.key.name, size: 1, root: new Uint8Array(32) }, [stranger]);
    const code = 'tlog/unknown-signer';
    const refused = await verifyLog({ tiles: log, checkpoint: forged, open: log.open });
    expect(refused).toMatchObject({ fault: 'checkpoint-refused', code });
    expect(await failure({}, { earlier: [forged] })).toMatchObject({ fault: 'earlier-refused', code });
  });

  it('any flipped bit of any file, at the entry it concerns', async () => {
    const paths = [...files.keys()];
    const numRuns = process.env['ROGATORY_LONG'] === '1' ? 300 : 3;
    const small = new MemoryLog(signer);
    small.append(numberedEntries(600));
    const smallCheckpoint = await small.checkpoint();
    const smallPaths = [...tilesOf(600)].map(tilePath);
    const check = async (source: MemoryLog, head: Uint8Array, path: string, bit: number): Promise<void> => {
      const bytes = source.files.get(path)!;
      const at = bit % (bytes.length * 8);
      const changed = flipBit(bytes, at);
      const tiles = { readTile: async (asked: string) => (asked === path ? changed : source.readTile(asked)) };
      const verdict = await verifyLog({ tiles, checkpoint: head, open: log.open });
      expect(verdict).toMatchObject({ outcome: 'failed', ...expectedPlace(path, bytes, Math.floor(at / 8)) });
    };
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...smallPaths), fc.nat(), (path, bit) =>
        check(small, smallCheckpoint, path, bit),
      ),
      { seed: 20_261_123, numRuns: numRuns * 60 },
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), fc.nat(), (path, bit) => check(log, checkpoint, path, bit)),
      { seed: 20_261_123, numRuns },
    );
  }, 600_000);
});

/** Where a flipped byte of a file has to be found. */
function expectedPlace(path: string, bytes: Uint8Array, at: number): { index: number } {
  const tile = parseTilePath(path);
  if (tile.kind === 'hashes') return { index: (tile.index * 256 + Math.floor(at / 32)) * 256 ** tile.level };
  let place = 0;
  for (let end = 0; ; place++) {
    end += 2 + (bytes[end]! << 8) + bytes[end + 1]!;
    if (at < end) return { index: tile.index * 256 + place };
  }
}

const vectors = outsideVectors('tessera-log/testdata/log');
const withVectors = vectors.isPresent ? describe : describe.skip;

withVectors(`the log of transparency-dev/tessera${vectors.note}`, () => {
  // Public key of testdata/build_log.sh (Apache-2.0, the Tessera authors).
  const key = parseVerifierKey('example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx');
  const open = (bytes: Uint8Array) => openCheckpoint(bytes, { origin: 'example.com/log/testdata', logKeys: [key] });
  const tiles = {
    readTile: (file: string) => Promise.resolve(vectors.has(file) ? vectors.read(file) : undefined),
  };
  const heads = (): Uint8Array[] => Array.from({ length: 16 }, (_, i) => vectors.read(`checkpoint.${i}`));

  it('verifies at each of its 16 checkpoints, each extending all before it', async () => {
    for (const [size, head] of heads().entries()) {
      const verdict = await verifyLog({ tiles, checkpoint: head, open, earlier: heads().slice(0, size) });
      expect(verdict).toMatchObject({ outcome: 'verified', checkpoint: { size }, earlier: { length: size } });
    }
    expect(open(vectors.read('checkpoint'))).toMatchObject({ size: 15 });
  });

  it('proves every entry at every size and every growth from its tiles', async () => {
    const opened = heads().map(open);
    for (const { size, root } of opened.slice(1)) {
      const reader = new TileHashReader(tiles, size);
      for (let index = 0; index < size; index++) {
        const [leaf] = await reader.readHashes([{ level: 0, index }]);
        const proof = await inclusionProof(index, size, reader);
        expect(isIncluded({ index, size, leaf: leaf!, root, proof })).toBe(true);
      }
      for (const first of opened.slice(1, size + 1)) {
        const proof = await consistencyProof(first.size, size, reader);
        const claim = { firstSize: first.size, firstRoot: first.root, secondSize: size, secondRoot: root, proof };
        expect(isConsistent(claim)).toBe(true);
      }
    }
  });

  it('is written again byte by byte from its entries', async () => {
    const bundle = (await tiles.readTile('tile/entries/000.p/15'))!;
    const copy = new MemoryLog(signer);
    for (const entry of decodeEntryBundle(bundle, 15)) copy.append([entry]);
    for (const [file, bytes] of copy.files)
      expect([file, toHex(bytes)]).toEqual([file, toHex((await tiles.readTile(file))!)]);
    expect(copy.files.size).toBe(30);
    expect(toHex(copy.tail.root())).toBe(toHex(open(vectors.read('checkpoint')).root));
  });
});
