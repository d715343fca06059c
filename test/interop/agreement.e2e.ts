import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestRecords } from '@rogatory/evidence/testing';
import { seededRandom } from '@rogatory/pki/testing';
import { runVerifier } from '@rogatory/verify';
import { logMutations } from './log-mutations.js';
import {
  asked,
  askGo,
  askPython,
  buildGoChecker,
  type CheckRequest,
  type CheckVerdict,
  missingForGo,
  missingForPython,
  pythonChecker,
} from './outside-checkers.js';
import { type Evidence, JUDGED_AT_SECONDS, RandomLog } from './random-logs.js';
import { honestReceipt, type ReceiptEvidence, receiptMutations } from './receipt-mutations.js';

const isLong = process.env['ROGATORY_LONG'] === '1';
const LOGS = isLong ? 10_000 : 1_000;
const RECEIPTS = isLong ? 2_000 : 120;
/** Level 1 tiles full, and one more: a few, for they take as long as all the others. */
const LARGE_SIZES = isLong ? [65_535, 65_536, 65_537, 131_073] : [65_537];
const SEED = 20_261_123;

const clock = { nowMs: () => JUDGED_AT_SECONDS * 1_000, monotonicMs: () => 0 };
const noGo = missingForGo();
const noPython = missingForPython();
const withGo = noGo.length === 0 ? describe : describe.skip;
const withPython = [...noGo, ...noPython].length === 0 ? describe : describe.skip;
const told = (missing: readonly string[]): string =>
  missing.length === 0 ? '' : ` (skipped: not installed: ${missing.join(', ')})`;

let folder = '';
let leaves: readonly Uint8Array[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rogatory-interop-'));
  const records = new TestRecords(seededRandom(SEED));
  leaves = Array.from({ length: 400 }, (_, i) => records.act({ device: i % 3 }).leaf);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** One question with what was done to the evidence, to be told apart where verifiers disagree. */
interface Case {
  readonly about: string;
  readonly request: CheckRequest;
}

/** Written at once: thousands of small files wait for each other otherwise. */
function stored(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return path;
}

function logCase(about: string, name: string, evidence: Evidence): Case {
  const path = join(folder, name, 'log');
  mkdirSync(path, { recursive: true });
  if (evidence.checkpoint !== undefined) stored(`${name}/log/checkpoint`, evidence.checkpoint);
  for (const [file, bytes] of evidence.files) stored(`${name}/log/${file}`, bytes);
  const earlier: string[] = [];
  for (const [i, head] of evidence.earlier.entries()) earlier.push(stored(`${name}/earlier-${i}`, head));
  const policy = stored(`${name}/policy`, evidence.policy);
  return { about, request: { kind: 'log', path, policy, earlier, now: JUDGED_AT_SECONDS } };
}

function receiptCase(about: string, name: string, { leaf, proof, policy }: ReceiptEvidence): Case {
  const request = {
    kind: 'receipt' as const,
    path: stored(`${name}/receipt.tlog-proof`, proof),
    leaf: stored(`${name}/leaf`, leaf),
    policy: stored(`${name}/policy`, policy),
    now: JUDGED_AT_SECONDS,
  };
  return { about, request };
}

/** What came out over all cases: how often each exit code, and every first bad index that was named. */
interface Verdicts {
  readonly codes: ReadonlyMap<number, number>;
  readonly places: ReadonlySet<number>;
}

interface ToldClaim {
  readonly claim: string;
  readonly outcome: string;
  readonly firstBadIndex?: number;
}

/** The verdict of the product's verifier, on the claims that the others know too. */
async function ours({ kind, path, policy, leaf, earlier = [] }: CheckRequest): Promise<CheckVerdict> {
  const more = [...(leaf === undefined ? [] : ['--leaf', leaf]), ...earlier.flatMap((head) => ['--earlier', head])];
  const { exitCode, out } = await runVerifier([kind, path, '--policy', policy, ...more, '--json'], clock);
  const { claims } = (out === '' ? { claims: [] } : JSON.parse(out)) as { readonly claims: readonly ToldClaim[] };
  const common =
    kind === 'log' ? ['checkpoint', 'witnesses', 'tree', 'earlier-heads'] : ['checkpoint', 'witnesses', 'inclusion'];
  const known = claims.filter(({ claim }) => common.includes(claim));
  return { exitCode, claims: Object.fromEntries(known.map(placeOf)) };
}

function placeOf({ claim, outcome, firstBadIndex }: ToldClaim) {
  return [claim, { outcome, index: outcome === 'fails' ? (firstBadIndex ?? -1) : -1 }] as const;
}

/** Without the reasons, which every program words by itself. */
function bare({ exitCode, claims }: CheckVerdict): CheckVerdict {
  const places = Object.entries(claims).map(([name, { outcome, index }]) => [name, { outcome, index }] as const);
  return { exitCode, claims: Object.fromEntries(places) };
}

async function logsOf(count: number): Promise<Case[]> {
  const names = Object.keys(logMutations);
  const cases: Case[] = [];
  for (let i = 0; i < count; i++) {
    const random = seededRandom(SEED + i);
    const log = await RandomLog.make({ random, leaves });
    const about = names[i % names.length] ?? 'nothing';
    const evidence = await logMutations[about]?.(log);
    cases.push(logCase(`${about}, seed ${SEED + i}`, `log-${i}`, evidence ?? log.evidence));
  }
  return cases;
}

withGo(`the checker in Go and rogatory-verify agree${told(noGo)}`, () => {
  let program = '';
  beforeAll(() => {
    program = buildGoChecker(folder);
  }, 120_000);

  async function agreeOn(cases: readonly Case[]): Promise<Verdicts> {
    const requests = cases.map(({ request }) => request);
    const theirs = await askGo(program, requests, join(folder, 'requests'));
    const codes = new Map<number, number>();
    const places = new Set<number>();
    for (const [i, { about, request }] of cases.entries()) {
      const own = await ours(request);
      expect([about, theirs[i] && bare(theirs[i])]).toEqual([about, own]);
      codes.set(own.exitCode, (codes.get(own.exitCode) ?? 0) + 1);
      for (const { index } of Object.values(own.claims)) places.add(index);
    }
    return { codes, places };
  }

  it(`on ${LOGS} random logs, honest and edited, in verdict and first bad index`, async () => {
    const cases = await logsOf(LOGS);
    const { codes, places } = await agreeOn(cases);
    // Neither are they of one mind because all logs get one verdict.
    for (const code of [0, 1, 2]) expect(codes.get(code) ?? 0).toBeGreaterThan(LOGS / 50);
    expect(places.size).toBeGreaterThan(LOGS / 20);
    expect(cases).toHaveLength(LOGS);
  }, 600_000);

  it(`on logs of ${LARGE_SIZES.join(', ')} records`, async () => {
    for (const [i, size] of LARGE_SIZES.entries()) {
      const log = await RandomLog.make({ random: seededRandom(SEED - 1 - i), leaves, size });
      const abouts = ['nothing', 'a bit of a hash tile', 'history rewritten and signed anew'];
      for (const about of abouts) {
        const evidence = await logMutations[about]?.(log);
        if (evidence === undefined) throw new Error('a large log can be edited');
        // Whether an older head gives a rewritten history away is chance; somebody kept the last honest one.
        const kept = { ...evidence, earlier: [...evidence.earlier, ...log.heads.slice(-1)] };
        const { codes } = await agreeOn([logCase(`${about}, size ${size}`, 'large', kept)]);
        expect([about, ...codes.keys()]).toEqual([about, about === 'nothing' ? 0 : 1]);
        rmSync(join(folder, 'large'), { recursive: true });
      }
    }
  }, 600_000);
});

withPython(`the checkers in Python and in Go and rogatory-verify agree${told([...noGo, ...noPython])}`, () => {
  it(`on ${RECEIPTS} receipts, honest and edited`, async () => {
    const program = buildGoChecker(folder);
    const names = Object.keys(receiptMutations);
    const cases: Case[] = [];
    for (let i = 0; cases.length < RECEIPTS; i++) {
      const log = await RandomLog.make({ random: seededRandom(7 * SEED + i), leaves });
      if (log.size === 0) continue;
      const about = names[cases.length % names.length] ?? 'nothing';
      const receipt = (await receiptMutations[about]?.(await honestReceipt(log), log)) ?? (await honestReceipt(log));
      cases.push(receiptCase(`${about}, seed ${7 * SEED + i}`, `receipt-${i}`, receipt));
    }
    const requests = cases.map(({ request }) => request);
    const inGo = await askGo(program, requests, join(folder, 'requests'));
    const inPython = await askPython(requests, join(folder, 'requests'));
    const codes = new Set<number>();
    for (const [i, { about, request }] of cases.entries()) {
      const own = await ours(request);
      codes.add(own.exitCode);
      expect([about, inGo[i] && bare(inGo[i])]).toEqual([about, own]);
      expect([about, inPython[i] && bare(inPython[i])]).toEqual([about, own]);
    }
    expect(codes).toEqual(new Set([0, 1]));
  }, 600_000);

  it('and answer a person as well', async () => {
    const program = buildGoChecker(folder);
    const log = await RandomLog.make({ random: seededRandom(SEED), leaves, size: 300 });
    const policy = stored('asked/policy', log.policy);
    const leaf = stored('asked/leaf', log.entries[7] ?? '');
    const receipt = await honestReceipt(log, 7);
    const proof = stored('asked/7.tlog-proof', receipt.proof);
    const other = stored('asked/other', log.entries[8] ?? '');
    const { request } = logCase('nothing', 'asked', log.evidence);
    const now = ['now', String(JUDGED_AT_SECONDS)] as const;
    const inGo = (...args: readonly string[]) => asked(program, ...args);
    const inPython = (...args: readonly string[]) => asked('python3', pythonChecker, ...args);
    const single = ['-policy', policy, `-${now[0]}`, now[1]];
    const double = ['--policy', policy, `--${now[0]}`, now[1]];
    expect(inGo('log', ...single, request.path)).toMatchObject({
      exitCode: 0,
      out: expect.stringMatching(/tree +holds/),
    });
    expect(inGo('receipt', ...single, '-leaf', leaf, proof)).toMatchObject({ exitCode: 0 });
    expect(inGo('receipt', ...single, '-leaf', other, proof).out).toMatch(/inclusion +fails at index 7/);
    expect(inPython(...double, '--leaf', leaf, proof)).toMatchObject({ exitCode: 0 });
    const wrong = inPython(...double, '--leaf', other, proof);
    expect(wrong).toMatchObject({ exitCode: 1, out: expect.stringMatching(/inclusion +fails at index 7/) });
    expect(inPython(...double, '--leaf', join(folder, 'absent'), proof)).toMatchObject({ exitCode: 2 });
    expect(inGo('log', ...single, '-earlier', join(folder, 'absent'), request.path)).toMatchObject({ exitCode: 2 });
  });
});
