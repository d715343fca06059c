import { describe, expect, it } from '@jest/globals';
import { utf8 } from '@rogatory/kernel';
import fc from 'fast-check';
import { encodeAddCheckpoint, judgeAddCheckpoint, readAddCheckpoint, type WitnessedLog } from './add-checkpoint.js';
import { addCosignatures, cosignCheckpoint } from './checkpoint.js';
import { findForkHashes, verifyForkProof } from './fork-proof.js';
import { evaluateQuorum, openPolicyCheckpoint } from './policy.js';
import type { TrustPolicy } from './policy-parsing.js';
import { MemoryLog, numberedEntries, testingSigner } from './testing/memory-log.js';
import { TileHashReader } from './tiles.js';
import { keyTypes } from './verifier-key.js';

const seed = 20_261_123;
const isLong = process.env['ROGATORY_LONG'] === '1';
const signer = testingSigner('log.example/audit', keyTypes.log);
/** Members that the rule was made for: three states in the demonstration, seven, and all 27. */
const sizes = [3, 7, 27] as const;
const quorumOf = (n: number): number => Math.ceil((2 * n) / 3);

/** Two histories of one log, told to two audiences under its real key. */
async function branch(kind: string): Promise<{ readonly log: MemoryLog; readonly head: Uint8Array }> {
  const log = new MemoryLog(signer);
  log.append(numberedEntries(9));
  log.append([utf8(kind)]);
  return { log, head: await log.checkpoint() };
}
const branches = [await branch('shown to X'), await branch('shown to Y')] as const;

/** A witness that keeps the rules, one head per log; a corrupt one forgets what it vouched for. */
class Member {
  readonly signer;
  #latest: WitnessedLog['latest'];

  constructor(i: number) {
    this.signer = testingSigner(`witness-${i}.example`, keyTypes.cosignature, 40 + i);
  }

  async ask(head: Uint8Array, isCorrupt: boolean) {
    const submission = readAddCheckpoint(encodeAddCheckpoint({ oldSize: 0, proof: [], checkpoint: head }));
    if ('status' in submission) throw new Error('not read');
    const latest = isCorrupt ? undefined : this.#latest;
    const verdict = judgeAddCheckpoint(submission, { keys: [signer.key], latest });
    if (verdict.status !== 200) return [];
    this.#latest = { size: verdict.checkpoint.size, root: verdict.checkpoint.root };
    return [await cosignCheckpoint(verdict.checkpoint, this.signer, 1_795_000_000)];
  }
}

interface Vote {
  /** Which branch each witness is shown first; the other comes after it. */
  readonly first: readonly number[];
  readonly corrupt: ReadonlySet<number>;
}

/** Brings both branches to all witnesses, each in the order of the vote; who cosigned which. */
async function voted(n: number, { first, corrupt }: Vote) {
  const members = Array.from({ length: n }, (_, i) => new Member(i));
  const names = members.map((_, i) => `w${i}`);
  const policy: TrustPolicy = {
    logs: [{ key: signer.key, url: undefined }],
    witnesses: members.map((member, i) => ({ name: names[i] ?? '', key: member.signer.key, url: undefined })),
    groups: [{ name: 'states', threshold: quorumOf(n), members: names }],
    quorum: 'states',
  };
  const notes = branches.map(({ head }) => head);
  for (const [i, member] of members.entries()) {
    for (const at of first[i] === 0 ? [0, 1] : [1, 0]) {
      const lines = await member.ask(branches[at]?.head ?? new Uint8Array(0), corrupt.has(i));
      const head = openPolicyCheckpoint(notes[at] ?? new Uint8Array(0), policy);
      notes[at] = addCosignatures(head, lines, [member.signer.key]);
    }
  }
  const quorums = notes.map((note) => evaluateQuorum(openPolicyCheckpoint(note, policy), policy));
  return { policy, notes, quorums };
}

describe.each(sizes)('%i witnesses of which two thirds make a quorum', (n) => {
  const overlap = 2 * quorumOf(n) - n;
  const numRuns = isLong ? 200 : Math.ceil(60 / n);
  const order = fc.array(fc.integer({ min: 0, max: 1 }), { minLength: n, maxLength: n });
  const someone = fc.uniqueArray(fc.integer({ min: 0, max: n - 1 }), { maxLength: overlap - 1 });

  it('T13: no two quorums, however the operator splits them, while fewer are corrupt than two quorums share', async () => {
    await fc.assert(
      fc.asyncProperty(order, someone, async (first, corrupt) => {
        const { quorums } = await voted(n, { first, corrupt: new Set(corrupt) });
        expect(quorums.filter(({ fulfilled }) => fulfilled).length).toBeLessThan(2);
      }),
      { seed, numRuns },
    );
  });

  it('T14: where as many are corrupt, both heads name every one of them, and the log is convicted with them', async () => {
    const corrupt = new Set(Array.from({ length: overlap }, (_, i) => i));
    const rest = n - overlap;
    const first = Array.from({ length: n }, (_, i) => (i - overlap < rest / 2 ? 0 : 1));
    const { policy, notes, quorums } = await voted(n, { first, corrupt });
    expect(quorums.map(({ fulfilled }) => fulfilled)).toEqual([true, true]);
    const [x, y] = quorums.map(({ witnesses }) => new Set(witnesses.map(({ name }) => name)));
    // Two lines of one witness under two heads of one size: no honest one has both.
    const both = [...(x ?? [])].filter((name) => y?.has(name));
    expect(both).toEqual([...corrupt].map((i) => `w${i}`));
    const open = (note: Uint8Array) => openPolicyCheckpoint(note, policy);
    const [one, other] = [notes[0] ?? new Uint8Array(0), notes[1] ?? new Uint8Array(0)];
    const size = open(other).size;
    const hashes = await findForkHashes(open(one), open(other), new TileHashReader(branches[1].log, size));
    if (hashes === undefined) throw new Error('no fork');
    const convicted = verifyForkProof({ first: one, second: other, hashes }, open);
    expect([convicted.first.size, convicted.second.size]).toEqual([size, size]);
  });
});
