import { describe, expect, it } from '@jest/globals';
import { RogatoryError, utf8 } from '@rogatory/kernel';
import fc from 'fast-check';
import { addCosignatures, cosignCheckpoint } from './checkpoint.js';
import { inclusionProof } from './proof-building.js';
import { MemoryLog, flipBit, numberedEntries, testingSigner } from './testing/memory-log.js';
import { TileHashReader } from './tiles.js';
import { encodeTlogProof, parseTlogProof, verifyTlogProof, type TlogProof } from './tlog-proof.js';
import { keyTypes } from './verifier-key.js';

function code(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return error instanceof RogatoryError ? String(error.code) : 'not a typed error';
  }
}

const log = new MemoryLog(testingSigner('log.example/audit', keyTypes.log));
const entries = numberedEntries(300);
log.append(entries);
const checkpoint = await log.checkpoint();
const proofOf = async (index: number, extra?: Uint8Array): Promise<TlogProof> => ({
  index,
  hashes: await inclusionProof(index, 300, new TileHashReader(log, 300)),
  checkpoint,
  extra,
});

describe('tlog-proof', () => {
  it('shows that an entry is in the log, at one index', async () => {
    for (const index of [0, 1, 255, 256, 299]) {
      const proof = parseTlogProof(encodeTlogProof(await proofOf(index)));
      expect(verifyTlogProof(entries[index]!, proof, log.open)).toMatchObject({ index, checkpoint: { size: 300 } });
      expect(code(() => verifyTlogProof(entries[(index + 1) % 300]!, proof, log.open))).toBe('tlog/inclusion');
      const moved = { ...proof, index: (index + 1) % 300 };
      expect(code(() => verifyTlogProof(entries[index]!, moved, log.open))).toBe('tlog/inclusion');
    }
  });

  it('is the text of the specification, with and without extra data', async () => {
    const text = new TextDecoder().decode(encodeTlogProof(await proofOf(7, utf8('more'))));
    expect(text.split('\n').slice(0, 3)).toEqual(['c2sp.org/tlog-proof@v1', 'extra bW9yZQ==', 'index 7']);
    expect(text.endsWith(`\n\n${new TextDecoder().decode(checkpoint)}`)).toBe(true);
    for (const extra of [undefined, new Uint8Array(0), utf8('more')]) {
      const proof = await proofOf(3, extra);
      expect(parseTlogProof(encodeTlogProof(proof))).toEqual(proof);
    }
  });

  it('of a log with one entry has no hashes', async () => {
    const single = new MemoryLog(testingSigner('log.example/audit', keyTypes.log));
    single.append([utf8('only')]);
    const proof = { index: 0, hashes: [], checkpoint: await single.checkpoint(), extra: undefined };
    expect(verifyTlogProof(utf8('only'), parseTlogProof(encodeTlogProof(proof)), single.open).index).toBe(0);
  });

  it('any flipped bit fails', async () => {
    const bytes = encodeTlogProof(await proofOf(123));
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
        expect(code(() => verifyTlogProof(entries[123]!, parseTlogProof(flipBit(bytes, bit)), log.open))).toMatch(
          /^tlog\//,
        );
      }),
      { seed: 20_261_123, numRuns: process.env['ROGATORY_LONG'] === '1' ? 5_000 : 400 },
    );
  });

  it('other texts are refused', async () => {
    const text = new TextDecoder().decode(encodeTlogProof(await proofOf(2)));
    const bad = [
      '',
      text.replace('@v1', '@v2'),
      text.replace('index 2', 'index 02'),
      text.replace('index 2', 'index'),
      text.replace('index 2\n', ''),
      text.replace('index 2\n', 'extra bW9yZQ\nindex 2\n'),
      text.replace('index 2\n', 'index 2\nextra bW9yZQ==\n'),
      text.replace('index 2\n', 'index 2\nbW9yZQ==\n'),
      text.replace('\n\n', '\n'),
      ` ${text}`,
      text.replace('index 2\n', `index 2\n${`${'A'.repeat(43)}=\n`.repeat(63)}`),
    ];
    for (const [i, value] of bad.entries()) {
      expect([i, code(() => parseTlogProof(utf8(value)))]).toEqual([i, 'tlog/proof']);
    }
    expect(code(() => parseTlogProof(Uint8Array.of(0xff)))).toBe('tlog/proof');
    const proof = await proofOf(2);
    expect(code(() => encodeTlogProof({ ...proof, index: -1 }))).toBe('tlog/proof');
    expect(code(() => encodeTlogProof({ ...proof, hashes: [utf8('x')] }))).toBe('tlog/proof');
    expect(code(() => encodeTlogProof({ ...proof, extra: new Uint8Array(65_537) }))).toBe('tlog/proof');
  });

  it('stays below 4 KiB with 24 hashes and 18 cosignatures (10,000,000 entries)', async () => {
    const witnesses = Array.from({ length: 18 }, (_, i) =>
      testingSigner(`witness-${i}.oversight.example`, keyTypes.cosignature, 20 + i),
    );
    const open = log.open(checkpoint);
    const lines = await Promise.all(witnesses.map((witness) => cosignCheckpoint(open, witness, 1_700_000_000)));
    const cosigned = addCosignatures(
      open,
      lines,
      witnesses.map(({ key }) => key),
    );
    const hashes = Array.from({ length: 24 }, () => new Uint8Array(32));
    const bytes = encodeTlogProof({ index: 9_999_999, hashes, checkpoint: cosigned, extra: undefined });
    expect(bytes.length).toBeLessThan(4_096);
  });
});
