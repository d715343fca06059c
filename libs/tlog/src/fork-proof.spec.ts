import { describe, expect, it } from '@jest/globals';
import { RogatoryError, utf8 } from '@rogatory/kernel';
import { encodeForkProof, findForkHashes, parseForkProof, verifyForkProof, type ForkProof } from './fork-proof.js';
import { MemoryLog, flipBit, numberedEntries, testingSigner } from './testing/memory-log.js';
import { TileHashReader } from './tiles.js';
import { keyTypes } from './verifier-key.js';

function code(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return error instanceof RogatoryError ? String(error.code) : 'not a typed error';
  }
}

const signer = testingSigner('log.example/audit', keyTypes.log);

/** Heads of a log at each size up to 20; from entry `forkAt` on it tells another story. */
async function story(forkAt: number): Promise<{ log: MemoryLog; heads: Uint8Array[] }> {
  const log = new MemoryLog(signer);
  const heads = [await log.checkpoint()];
  for (const [i, entry] of numberedEntries(20).entries()) {
    log.append([i >= forkAt ? utf8(`other ${i}`) : entry]);
    heads.push(await log.checkpoint());
  }
  return { log, heads };
}

const honest = await story(20);
const forked = await story(6);
const { open } = honest.log;

async function proofOf(first: Uint8Array, second: Uint8Array, log: MemoryLog): Promise<ForkProof | undefined> {
  const head = open(second);
  const hashes = await findForkHashes(open(first), head, new TileHashReader(log, head.size));
  return hashes === undefined ? undefined : { first, second, hashes };
}

describe('fork proofs', () => {
  it('T13: exist for every pair of heads that contradict each other, and for no other', async () => {
    for (let first = 1; first <= 20; first++) {
      for (let second = first; second <= 20; second++) {
        const proof = await proofOf(honest.heads[first]!, forked.heads[second]!, forked.log);
        expect([first, second, proof !== undefined]).toEqual([first, second, first > 6]);
        if (proof !== undefined) {
          const parsed = parseForkProof(encodeForkProof(proof));
          expect(parsed).toEqual(proof);
          expect(verifyForkProof(parsed, open)).toMatchObject({ first: { size: first }, second: { size: second } });
        }
        expect(await proofOf(honest.heads[first]!, honest.heads[second]!, honest.log)).toBeUndefined();
      }
    }
  });

  it('cannot be made against an honest log', async () => {
    const proof = (await proofOf(honest.heads[8]!, forked.heads[13]!, forked.log))!;
    const attempts: ForkProof[] = [
      { ...proof, second: honest.heads[13]! },
      { ...proof, first: forked.heads[8]! },
      { ...proof, hashes: [] },
      { ...proof, hashes: proof.hashes.slice(1) },
      { ...proof, hashes: proof.hashes.map((hash, i) => (i === 0 ? flipBit(hash, 3) : hash)) },
      { first: honest.heads[8]!, second: honest.heads[8]!, hashes: [] },
      { first: proof.second, second: proof.first, hashes: proof.hashes },
    ];
    for (const attempt of attempts) expect(code(() => verifyForkProof(attempt, open))).toBe('tlog/fork');
  });

  it('count for nothing when the log did not sign', async () => {
    const proof = (await proofOf(honest.heads[8]!, forked.heads[13]!, forked.log))!;
    const stranger = new MemoryLog(testingSigner('log.example/audit', keyTypes.log, 2));
    stranger.append(numberedEntries(8, 90));
    expect(code(() => verifyForkProof({ ...proof, first: forked.heads[8]! }, stranger.open))).toBe(
      'tlog/unknown-signer',
    );
    const unsigned = verifyForkProof.bind(undefined, { first: proof.second, second: proof.second, hashes: [] });
    expect(code(() => unsigned(stranger.open))).toBe('tlog/unknown-signer');
  });

  it('of another form are refused', async () => {
    const proof = (await proofOf(honest.heads[8]!, forked.heads[13]!, forked.log))!;
    const value = JSON.parse(new TextDecoder().decode(encodeForkProof(proof))) as Record<string, unknown>;
    const bad: unknown[] = [
      [],
      null,
      { ...value, format: 'rogatory/fork-proof/v2' },
      { ...value, more: 1 },
      { ...value, first: 1 },
      { ...value, hashes: 'x' },
      { ...value, hashes: [1] },
      { ...value, hashes: ['bW9yZQ=='] },
      { ...value, hashes: ['!'] },
      { ...value, hashes: Array.from({ length: 65 }, () => `${'A'.repeat(43)}=`) },
    ];
    for (const item of bad) expect(code(() => parseForkProof(utf8(JSON.stringify(item))))).toBe('tlog/fork-proof');
    expect(code(() => parseForkProof(utf8('{')))).toBe('tlog/fork-proof');
  });
});
