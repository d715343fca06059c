import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { limits, Secret, toBase64, toHex, utf8 } from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import { sha256 } from '@rogatory/crypto/verify';
import type { LogFields } from '@rogatory/platform-telemetry';
import {
  cosignatureTime,
  keyTypes,
  openCheckpoint,
  parseSignatureLine,
  signCheckpoint,
  verifierKey,
} from '@rogatory/tlog';
import { FolderEvidence } from '../storage/folder-evidence.js';
import { FolderHeads, originHash } from '../storage/folder-heads.js';
import { GrowingLog } from '../testing/growing-log.js';
import type { EntriesVerdict, EntryCheck } from './entry-check.js';
import type { EvidenceStore, HeadStore } from './head.store.js';
import { Turns } from './turns.js';
import { Witness } from './witness.js';

const scratch = mkdtempSync(join(tmpdir(), 'rogatory-witness-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const own = SigningKey.fromSeed(new Secret(new Uint8Array(32).fill(9)));
const signer = {
  key: verifierKey({ name: 'witness.example/fr', type: keyTypes.cosignature, publicKey: own.publicKey }),
  sign: (message: Uint8Array) => own.signRaw(message),
};
const NOW_MS = Date.UTC(2026, 10, 23, 12);
const clock = { nowMs: () => NOW_MS, monotonicMs: () => NOW_MS };
const log = new GrowingLog('log.example/audit');
const fork = new GrowingLog('log.example/audit');
await log.grow(40);
await fork.grow(3);
await fork.grow(40, 'other entry');

let folder = '';
let count = 0;
beforeEach(() => {
  count += 1;
  folder = join(scratch, String(count));
});

/** Lines of the witness's own log since the test began. */
let told: object[] = [];
const tell = (event: string, fields: LogFields = {}) => told.push({ event, ...fields });
const telling = { debug: tell, info: tell, warn: tell, error: tell };
beforeEach(() => {
  told = [];
});

/** What the witness does with evidence when it answered already. */
let cleared: Promise<void> = Promise.resolve();
function evidenceIn(place: string): EvidenceStore {
  const store = new FolderEvidence(place);
  return {
    keep: (kind, pair) => store.keep(kind, pair),
    keepEntry: (origin, entry, proof) => store.keepEntry(origin, entry, proof),
    explained: (origin, note) => (cleared = store.explained(origin, note)),
  };
}

/** The witness as it comes back after a restart. */
async function open(
  change: (store: HeadStore) => HeadStore = (store) => store,
  followed: readonly GrowingLog[] = [log],
  entries: EntryCheck = { check: async () => 'held' },
): Promise<Witness> {
  const heads = change(FolderHeads.open(join(folder, 'heads')));
  const keys = new Map(followed.map(({ origin, signer: { key } }) => [origin, [key]]));
  const logs = { keysOf: async (origin: string) => keys.get(origin) ?? [] };
  return new Witness({
    signers: [signer],
    logs,
    heads,
    evidence: evidenceIn(join(folder, 'evidence')),
    entries,
    clock,
    log: telling,
  });
}

const storedPath = (): string => join(folder, 'heads', `${originHash(log.origin)}.checkpoint`);
const sizeAt = async (witness: Witness): Promise<number> => (await witness.latest(log.origin))?.size ?? 0;

/** The time of waiting stands still until the test ends, however slow the machine is. */
const stopTime = (): unknown =>
  jest.useFakeTimers({
    now: NOW_MS,
    doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance', 'Date', 'hrtime'],
  });
afterEach(() => {
  jest.useRealTimers();
});

/** Files of evidence by their endings. */
const keptOf = (...endings: string[]): number[] => {
  const kept = readdirSync(join(folder, 'evidence', originHash(log.origin)));
  return endings.map((ending) => kept.filter((name) => name.endsWith(ending)).length);
};
/** Another head of size 3. */
const fork3 = async () => {
  const other = new GrowingLog(log.origin);
  await other.grow(3, 'other entry');
  return other.request(3, 3);
};
/** What was called has come to where it waits for the test. */
const begun = () => new Promise((resolve) => setImmediate(resolve));

describe('a witness', () => {
  it('cosigns what extends the head before, with the time, and keeps it across a restart', async () => {
    const witness = await open();
    for (const [from, to] of [
      [0, 5],
      [5, 5],
      [5, 17],
    ] as const) {
      const answer = await witness.addCheckpoint(await log.request(from, to));
      if (answer.status !== 200) throw new Error(`answered ${answer.status}`);
      const line = parseSignatureLine(answer.lines.trimEnd());
      expect(cosignatureTime(line.signature)).toBe(NOW_MS / 1000);
      const note = new Uint8Array([...log.head(to), ...utf8(answer.lines)]);
      const trust = { origin: log.origin, logKeys: [log.signer.key], witnessKeys: [signer.key] };
      expect(openCheckpoint(note, trust).signatures).toHaveLength(2);
      expect(new Uint8Array(readFileSync(storedPath()))).toEqual(note);
    }
    expect(await sizeAt(await open())).toBe(17);
  });

  it('answers nothing of a log that it does not follow', async () => {
    const other = new GrowingLog('log.example/other');
    await other.grow(1);
    const witness = await open();
    expect(await witness.addCheckpoint(await other.request(0, 1))).toEqual({ status: 404 });
    expect(await witness.latest(other.origin)).toBeUndefined();
  });

  it('T16: never goes back when two growths race, however they interleave', async () => {
    const bodies = new Map<string, Uint8Array>();
    for (let size = 1; size < 40; size++) bodies.set(`${size}`, await log.request(size, size + 1));
    for (let size = 1; size < 39; size++) bodies.set(`${size}+`, await log.request(size, size + 2));
    const witness = await open();
    await witness.addCheckpoint(await log.request(0, 1));
    let size = 1;
    while (size < 39) {
      const asked = [`${size}`, `${size}+`, `${size}`].map((name) => bodies.get(name) as Uint8Array);
      const answers = await Promise.all(asked.map((body) => witness.addCheckpoint(body)));
      // The first to come wins; the others are told what it is now.
      const cosigned = size + 1;
      expect(answers.map(({ status }) => status)).toEqual([200, 409, 409]);
      expect(answers[1]).toEqual({ status: 409, latestSize: cosigned });
      expect(await sizeAt(witness)).toBe(cosigned);
      size = cosigned;
    }
    expect(await sizeAt(await open())).toBe(39);
  });

  it('takes one of a hundred racing growths and tells the others of it, on each of two logs', async () => {
    const second = new GrowingLog('log.example/second', 5);
    await second.grow(40);
    const witness = await open(undefined, [log, second]);
    const bodies: Uint8Array[] = [];
    for (const racing of [log, second]) {
      await witness.addCheckpoint(await racing.request(0, 1));
      for (let i = 0; i < 50; i++) bodies.push(await racing.request(1, 2 + ((7 * i) % 38)));
    }
    const answers = await Promise.all(bodies.map((body) => witness.addCheckpoint(body)));
    const restarted = await open(undefined, [log, second]);
    for (const [at, { origin }] of [log, second].entries()) {
      const own = answers.slice(50 * at, 50 * (at + 1));
      expect(own.filter(({ status }) => status === 200)).toHaveLength(1);
      const held = (await witness.latest(origin))?.size;
      expect(own.filter(({ status }) => status === 409)).toEqual(
        Array.from({ length: 49 }, () => ({ status: 409, latestSize: held })),
      );
      expect((await restarted.latest(origin))?.size).toBe(held);
    }
  });

  it('T12, T14: cosigns at most one branch of a fork, and keeps the other as evidence', async () => {
    const witness = await open();
    await witness.addCheckpoint(await log.request(0, 3));
    expect(await witness.addCheckpoint(await log.request(3, 9))).toMatchObject({ status: 200 });
    // The same size with another root; then growth that does not fit.
    const root = await fork.request(9, 9);
    expect(await witness.addCheckpoint(root)).toEqual({ status: 409, latestSize: 9 });
    expect(await witness.addCheckpoint(await fork.request(9, 12))).toEqual({ status: 422 });
    expect(await witness.addCheckpoint(await fork.request(9, 12))).toEqual({ status: 422 });
    expect(await sizeAt(witness)).toBe(9);
    // Two roots of one size are a proof; growth that came without one is kept apart from it.
    expect(keptOf('.held', '.refused', '.before', '.unproven')).toEqual([1, 1, 1, 1]);
    expect(told).toEqual([
      { event: 'witness/contradiction', origin: log.origin, size: 9 },
      { event: 'witness/unproven', origin: log.origin, size: 12 },
    ]);
  });

  it('keeps a bounded amount of evidence, and none that the log did not sign', async () => {
    const witness = await open();
    await witness.addCheckpoint(await log.request(0, 3));
    const posing = new GrowingLog(log.origin, 2);
    await posing.grow(4, 'forged');
    expect(await witness.addCheckpoint(await posing.request(3, 4))).toEqual({ status: 403 });
    expect(readdirSync(folder)).toEqual(['heads']);
    const [request] = new TextDecoder().decode(await log.request(3, 4)).split('\n\n');
    const names: string[] = [];
    for (let i = 0; i < limits.maxEvidencePerLog + 5; i++) {
      const root = new Uint8Array(32).fill(i + 1);
      names.push(`${toHex(sha256(utf8(`${log.origin}\n4\n${toBase64(root)}\n`)))}.unproven`);
      const lie = await signCheckpoint({ origin: log.origin, size: 4, root }, [log.signer]);
      const body = utf8(`${request ?? ''}\n\n${new TextDecoder().decode(lie)}`);
      expect(await witness.addCheckpoint(body)).toEqual({ status: 422 });
    }
    expect(keptOf('.before', '.unproven')).toEqual([limits.maxEvidencePerLog, limits.maxEvidencePerLog]);
    // The newest of them, and one line about them all.
    const kept = readdirSync(join(folder, 'evidence', originHash(log.origin)));
    expect(kept.filter((name) => name.endsWith('.unproven')).toSorted()).toEqual(names.slice(5).toSorted());
    expect(told).toEqual([{ event: 'witness/unproven', origin: log.origin, size: 4 }]);
    const store = new FolderEvidence(join(folder, 'evidence'));
    for (let i = 0; i < limits.maxEvidencePerLog + 5; i++)
      await store.keepEntry(log.origin, utf8(`${i}`), utf8('proof'));
    expect(keptOf('.entry', '.tlog-proof')).toEqual([limits.maxEvidencePerLog, limits.maxEvidencePerLog]);
    // The proof of a fork finds its place all the same.
    expect(keptOf('.held', '.refused')).toEqual([0, 0]);
    expect(await witness.addCheckpoint(await fork3())).toEqual({ status: 409, latestSize: 3 });
    expect(keptOf('.held', '.refused')).toEqual([1, 1]);
  });

  it('forgets growth without a proof once it comes with one', async () => {
    const witness = await open();
    await witness.addCheckpoint(await log.request(0, 9));
    const honest = new TextDecoder().decode(await log.request(9, 12));
    const spoiled = honest.replace(/^old 9\n.*\n/u, `old 9\n${toBase64(new Uint8Array(32))}\n`);
    expect(await witness.addCheckpoint(utf8(spoiled))).toEqual({ status: 422 });
    expect(await witness.addCheckpoint(await fork.request(9, 12))).toEqual({ status: 422 });
    expect(keptOf('.before', '.unproven')).toEqual([2, 2]);
    // Also by a witness that was started anew meanwhile.
    const restarted = await open();
    expect(await restarted.addCheckpoint(utf8(honest))).toMatchObject({ status: 200 });
    await cleared;
    expect(keptOf('.before', '.unproven')).toEqual([1, 1]);
    expect(await restarted.addCheckpoint(await log.request(12, 15))).toMatchObject({ status: 200 });
    await cleared;
    expect(keptOf('.before', '.unproven')).toEqual([1, 1]);
  });

  it('keeps one pair for a text that is refused, whatever lines stand below it', async () => {
    const witness = await open();
    await witness.addCheckpoint(await log.request(0, 9));
    const body = new TextDecoder().decode(await fork.request(9, 12));
    for (let i = 0; i < 3; i++) {
      const line = `— someone${i} ${Buffer.alloc(68, i).toString('base64')}\n`;
      expect(await witness.addCheckpoint(utf8(body + line))).toEqual({ status: 422 });
    }
    expect(keptOf('.before', '.unproven')).toEqual([1, 1]);
  });

  it('shows the head before, takes a bounded number, and refuses at once, while one is being looked at', async () => {
    stopTime();
    let looked: (verdict: EntriesVerdict) => void = () => undefined;
    const gate: EntryCheck = { check: () => new Promise((resolve) => (looked = resolve)) };
    let entries: EntryCheck = { check: async () => 'held' };
    const witness = await open(undefined, [log], { check: (head, untilMs) => entries.check(head, untilMs) });
    await witness.addCheckpoint(await log.request(0, 3));
    entries = gate;
    const first = witness.addCheckpoint(await log.request(3, 5));
    await begun();
    const waiting = await Promise.all(Array.from({ length: 30 }, (_, i) => log.request(3, 6 + i)));
    const bodies = [...waiting, ...waiting, ...waiting];
    const answers = bodies.map((body) => witness.addCheckpoint(body));
    expect(await Promise.all(answers.slice(limits.maxWitnessWaiting))).toEqual(
      bodies.slice(limits.maxWitnessWaiting).map(() => ({ status: 503, reason: 'busy' })),
    );
    expect(await sizeAt(witness)).toBe(3);
    expect(await witness.addCheckpoint(await log.request(2, 9))).toEqual({ status: 409, latestSize: 3 });
    expect(await witness.addCheckpoint(await fork3())).toEqual({ status: 409, latestSize: 3 });
    looked('held');
    expect(await first).toMatchObject({ status: 200 });
    const late = await Promise.all(answers.slice(0, limits.maxWitnessWaiting));
    expect(late).toEqual(late.map(() => ({ status: 409, latestSize: 5 })));
    expect(await sizeAt(witness)).toBe(5);
  });

  it('gives all who ask for the same head anew one place', async () => {
    stopTime();
    let looked: (verdict: EntriesVerdict) => void = () => undefined;
    let entries: EntryCheck = { check: async () => 'held' };
    const witness = await open(undefined, [log], { check: (head, untilMs) => entries.check(head, untilMs) });
    await witness.addCheckpoint(await log.request(0, 3));
    let count = 0;
    entries = {
      check: () => {
        count += 1;
        return new Promise((resolve) => (looked = resolve));
      },
    };
    const body = await log.request(3, 3);
    const answers = Array.from({ length: 2 * limits.maxWitnessWaiting }, () => witness.addCheckpoint(body));
    await begun();
    looked('held');
    for (const answer of await Promise.all(answers)) expect(answer.status).toBe(200);
    expect(count).toBe(1);
  });

  it('answers in time when another head of the log takes all of it', async () => {
    const turns = new Turns();
    let end: (done: object) => void = () => undefined;
    const first = turns.take('log', 60_000, () => new Promise<object>((resolve) => (end = resolve)));
    const did: string[] = [];
    const second = await turns.take('log', 1, async () => did);
    expect(second).toBeUndefined();
    end(did);
    expect(await first).toBe(did);
    expect(await turns.take('log', 60_000, async () => [...did, 'third'])).toEqual(['third']);
  });

  it.each([
    'before',
    'after',
  ] as const)('T21: vouches for nothing when storing fails %s it took effect', async (moment) => {
    let isBroken = false;
    const witness = await open((store) => ({
      load: (origin) => store.load(origin),
      save: async (origin, note) => {
        if (isBroken && moment === 'before') throw new Error('the disk is full');
        await store.save(origin, note);
        if (isBroken) throw new Error('the disk is full');
      },
    }));
    await witness.addCheckpoint(await log.request(0, 5));
    isBroken = true;
    await expect(witness.addCheckpoint(await log.request(5, 9))).rejects.toThrow('the disk is full');
    isBroken = false;
    // What it says it holds is what is on disk, and it grows from there only.
    const held = moment === 'before' ? 5 : 9;
    expect(await sizeAt(witness)).toBe(held);
    expect(await witness.addCheckpoint(await log.request(held === 5 ? 9 : 5, 12))).toEqual({
      status: 409,
      latestSize: held,
    });
    expect(await witness.addCheckpoint(await log.request(held, 12))).toMatchObject({ status: 200 });
  });

  it('vouches for nothing over a stored head that is not its own', async () => {
    const witness = await open();
    await witness.addCheckpoint(await log.request(0, 9));
    const stored = readFileSync(storedPath());
    const text = stored.toString();
    const forgeries: readonly (string | Uint8Array)[] = [
      text.replace('\n9\n', '\n3\n'),
      log.head(3),
      text.slice(0, 40),
      '',
      text.replace(log.origin, 'log.example/other'),
    ];
    for (const bytes of forgeries) {
      writeFileSync(storedPath(), bytes);
      const restarted = await open();
      await expect(restarted.addCheckpoint(await log.request(9, 12))).rejects.toMatchObject({ code: 'witness/state' });
      await expect(restarted.latest(log.origin)).rejects.toMatchObject({ code: 'witness/state' });
    }
    writeFileSync(storedPath(), stored);
    expect(await sizeAt(await open())).toBe(9);
  });
});
