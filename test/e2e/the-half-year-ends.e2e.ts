import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openFolderSigner } from '@rogatory/audit';
import { type Client, MemoryStateStore } from '@rogatory/client';
import { encodeReportFile, encodeSuccessionFile, type SuccessionFile } from '@rogatory/evidence';
import { isRogatoryError, limits, parseAuthorityId, parseUtf8, systemRandom, utf8 } from '@rogatory/kernel';
import { auditPurposes, decodeAuditLeaf, legalBases } from '@rogatory/protocol';
import { silentLog } from '@rogatory/platform-telemetry';
import {
  encodeVerifierKey,
  parsePolicy,
  parseTlogProof,
  tilePath,
  verifierKey,
  verifyCheckpoint,
  type VerifierKey,
} from '@rogatory/tlog';
import { followLog, makeWitness, type RunningWitness, startWitness } from '@rogatory/witness';
import { WebSocket } from 'ws';
import { onQuickest } from '../world/engines.js';
import { MovableClock } from '../world/movable-clock.js';
import { AnswerTape } from '../world/answer-tape.js';
import { writeLogFolder } from '../world/log-folder.js';
import { lyingRoute, type Told } from '../world/lying-route.js';
import { toldBy } from '../world/told-by-verifier.js';
import { freePort, World } from '../world/world.js';

const states = ['xa', 'xb', 'xc'] as const;
const review = { purpose: auditPurposes.lawfulness };

const errorOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error: unknown) => (isRogatoryError(error) ? error.code : String(error)),
  );

describe('the half-year ends', () => {
  const clock = new MovableClock();
  const running: RunningWitness[] = [];
  let scratch = '';
  let policy = '';
  let world: World;
  let prosecutor: Client;
  let auditor: Client;
  /** What the server answered the auditor while the old log went on. */
  const tape = new AnswerTape('auditCounts');
  let [old, next] = ['', ''];
  let early: { readonly leaf: Uint8Array; readonly counted: number } = { leaf: new Uint8Array(0), counted: 0 };
  /** What a judge's device saved before the turn. */
  const slept = new Map<string, Uint8Array>();

  const shardOf = (origin: string): string => origin.slice(origin.lastIndexOf('/') + 1);
  const tell = async (key: VerifierKey): Promise<void> => {
    for (const state of states) await followLog(join(scratch, state), key);
  };
  const nextKey = async (origin: string): Promise<VerifierKey> => {
    const folder = world.configuration.audit.signerFolder;
    const [key] = (await openFolderSigner({ folder, origins: [origin], random: systemRandom })).keys(origin);
    if (key === undefined) throw new Error('no key');
    return key;
  };

  /** Until the witnesses said anew what a device that asks for them may believe: their words grow old with the clock. */
  const vouched = async (client: Client): Promise<void> => {
    for (;;) {
      const error = await errorOf(client.directory.sync());
      if (error === 'none') return;
      expect(error).toBe('client/unwitnessed');
    }
  };

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'rogatory-turn-'));
    const lines: string[] = [];
    for (const state of states) {
      const [folder, port] = [join(scratch, state), await freePort()];
      const key = await makeWitness(folder, `witness.invalid/${state}`, systemRandom);
      lines.push(`witness ${state} ${encodeVerifierKey(key)} http://127.0.0.1:${port}`);
      running.push(
        await startWitness({ folder, host: '127.0.0.1', port, clock, random: systemRandom, log: silentLog }),
      );
    }
    policy = `${lines.join('\n')}\ngroup states 2 ${states.join(' ')}\nquorum states\n`;
    const policyFile = join(scratch, 'policy');
    await writeFile(policyFile, policy);
    world = await World.start(await onQuickest(), { policyFile, clock });
    prosecutor = await world.client('prosecutor-xa', { clock });
    auditor = await world.client('auditor-xa', { clock, route: { fetch: tape.fetch, webSocketImpl: WebSocket } });
    const { auditOrigin } = await prosecutor.server();
    for (const state of states) await world.followedBy(join(scratch, state));
    old = auditOrigin;
    await prosecutor.trustWitnesses(utf8(policy));
    await vouched(prosecutor);
    await prosecutor.cases.create({ title: 'Operation Lantern' });
    const store = new MemoryStateStore();
    const judge = await world.client('judge-xb', { clock, stateStore: store });
    await judge.trustWitnesses(utf8(policy));
    await vouched(judge);
    // Until it knows a head of the old log.
    do await judge.cases.list();
    while ((await judge.audit.receipts()).proven.length === 0);
    for (const slot of await store.list()) slept.set(slot, (await store.read(slot)) ?? new Uint8Array(0));
  }, 120_000);
  afterAll(async () => {
    for (const witness of running) await witness.stop();
    await world.stop();
    await rm(scratch, { recursive: true, force: true });
  });

  it('an auditor is told true counts of a log that goes on', async () => {
    await prosecutor.cases.list();
    tape.record();
    const report = await auditor.audit.reports.prepare(review);
    tape.pass();
    early = { leaf: report.epoch.leaf, counted: report.authorities.length };
    expect(early.counted).toBeGreaterThan(0);
  });

  it('nothing changes while the oversight bodies have not taken up the next log', async () => {
    expect(await world.lookForTurn()).toBe(false);
    // A start, for the key of another month is made by it; a server that runs on makes it every day.
    await world.restart(async () => clock.toNextHalfYear());
    expect(await world.lookForTurn()).toBe(false);
    await prosecutor.cases.list();
    expect((await prosecutor.server()).auditOrigin).toBe(old);
    expect(world.server.features.auditOrigin).toBe(old);
  });

  it('then the server turns by itself, and a device that is at work follows at its next request, without an alarm', async () => {
    const half = new Date(clock.nowMs());
    next = old.replace(/[^/]+$/, `${half.getUTCFullYear()}h${half.getUTCMonth() < 6 ? 1 : 2}`);
    await tell(await nextKey(next));
    for (let isOver = false; !isOver; isOver = await world.lookForTurn()) clock.advance(limits.turnRetryMs);
    expect(world.server.features.auditOrigin).toBe(next);
    await prosecutor.cases.list();
    expect((await prosecutor.server()).auditOrigin).toBe(next);
    expect(prosecutor.alarms.list()).toEqual([]);
    await vouched(prosecutor);
    await prosecutor.cases.create({ title: 'Operation Harbour' });
  });

  it('what was promised in the old log is proven under its last head, and what came after in the new one', async () => {
    const origins = new Set<string>();
    for (;;) {
      const { proven, waiting, overdue } = await prosecutor.audit.receipts();
      expect(overdue).toEqual([]);
      for (const { proof } of proven) origins.add(proof.split('\n\n')[1]?.split('\n')[0] ?? '');
      if (waiting === 0) break;
    }
    expect([...origins].sort()).toEqual([old, next].sort());
    expect(prosecutor.alarms.list()).toEqual([]);
  });

  it('a device that slept over it follows when it wakes', async () => {
    const woken = await world.client('prosecutor-xa', { clock });
    expect((await woken.server()).auditOrigin).toBe(next);
    expect(woken.alarms.list()).toEqual([]);
  });

  it('an auditor reads and proves both logs, each by its name', async () => {
    const { records } = await auditor.audit.list(review, { shard: shardOf(old) });
    expect(records[0]?.leaf.ev).toBe('log.shard.close');
    const [created] = (await auditor.audit.list(review, { shard: shardOf(old), event: 'case.create' })).records;
    if (created === undefined) throw new Error('no record of the case');
    const proven = await auditor.audit.get(review, created.recordId);
    expect(proven.provenIn).toBe((records[0]?.index ?? 0) + 1);
    const [first] = (await auditor.audit.list(review, { event: 'log.genesis' })).records;
    expect([first?.index, first?.groups.what?.detail]).toEqual([0, expect.stringContaining(`previous=${old} `)]);
    const { records: later } = await auditor.audit.list(review, { event: 'case.create' });
    expect(later.map(({ recordId }) => recordId)).not.toContain(created.recordId);
    expect(later).toHaveLength(1);
    expect(await errorOf(auditor.audit.list(review, { shard: '2019h1' }))).toBe('audit/unknown-log');
    const lines: Uint8Array[] = [];
    const write = async (line: Uint8Array): Promise<void> => void lines.push(line);
    const end = await auditor.auditExports.fetch(review, { first: 0, shard: shardOf(old), write });
    expect(end).toBe(proven.provenIn);
    expect(new TextDecoder().decode(lines[0])).toContain(old);
    const { logKeys } = await prosecutor.server();
    const note = await (await fetch(`${world.url}/audit/log/${shardOf(old)}/checkpoint`)).arrayBuffer();
    const logs = [encodeVerifierKey(await nextKey(old)), ...logKeys].map((key) => `log ${key}\n`).join('');
    const { quorum, size } = verifyCheckpoint(new Uint8Array(note), parsePolicy(utf8(`${policy}${logs}`)));
    expect([quorum.fulfilled, size]).toEqual([true, end]);
    expect((await world.server.checks.run('whole')).findings).toBe(0);
  });

  it('an auditor proves that a list of the log that ended lacks nothing, for cases that it names and for those that it does not', async () => {
    const shard = shardOf(old);
    const { epochs } = await auditor.audit.epochs.list(review, { shard });
    const [created] = (await auditor.audit.list(review, { shard, event: 'case.create' })).records;
    const caseId = created?.groups.what?.caseId;
    if (caseId === undefined) throw new Error('no record of the case');
    const whole = await auditor.audit.complete(review, { caseId }, { shard });
    expect(whole).toMatchObject({ epoch: epochs[0]?.number, beforeIndex: epochs[0]?.size, uncounted: [] });
    expect(whole.records.map(({ recordId }) => recordId)).toContain(created?.recordId);
    const [later] = (await auditor.audit.list(review, { event: 'case.create' })).records;
    const laterCase = later?.groups.what?.caseId;
    if (laterCase === undefined) throw new Error('no record of the later case');
    expect((await auditor.audit.complete(review, { caseId: laterCase }, { shard })).records).toEqual([]);
    expect((await auditor.audit.complete(review, { caseId: laterCase })).counted).toBeGreaterThan(0);
    const own = auditor.audit.reviewed()[0];
    if (own === undefined) throw new Error('nothing to review');
    const acted = await auditor.audit.complete(review, { authority: own }, { shard });
    expect([acted.beforeIndex, acted.uncounted]).toEqual([whole.beforeIndex, []]);
    expect(await errorOf(auditor.audit.complete(review, { caseId }, { shard: '2019h1' }))).toBe('client/unknown-log');
    expect(await errorOf(auditor.audit.epochs.list(review, { shard: '2019h1' }))).toBe('audit/unknown-log');
  });

  it('the findings of the log that ended reach its end, and the records show the same', async () => {
    const shard = shardOf(old);
    await world.server.features.audit.findings.past.run();
    const { computedTo, records } = await ofOld(shard);
    expect(computedTo).toBe(records);
    expect(await errorOf(auditor.audit.findings.list(review, { shard: '2019h1' }))).toBe('audit/unknown-log');
  });

  it('counts of the log that ended that are true and not its last ones make no report', async () => {
    const shard = shardOf(old);
    const { id: recordId } = decodeAuditLeaf(early.leaf);
    const { proof } = await auditor.audit.files.get(review, recordId);
    const { index } = await auditor.audit.get(review, recordId);
    expect(early.counted).toBe(auditor.audit.reviewed().length);
    tape.replay((answer) => ({ ...answer, epoch: { ...(answer['epoch'] as object), proof: parseUtf8(proof), index } }));
    const [own = ''] = auditor.audit.reviewed();
    expect(await errorOf(auditor.audit.reports.prepare(review))).toBe('client/incomplete');
    const authority = parseAuthorityId(own);
    expect(await errorOf(auditor.audit.complete(review, { authority }, { shard }))).toBe('client/incomplete');
    tape.pass();
    expect((await auditor.audit.complete(review, { authority }, { shard })).uncounted).toEqual([]);
  });

  it('the review report that is due is about the log that ended; the next one is about the log that follows', async () => {
    const justification = { legalBasis: legalBases.oversight, text: 'Looked through, after the turn.' };
    const reasoned = { ...review, justification };
    expect((await auditor.audit.reports.list(review)).next).toMatchObject({ shard: shardOf(old), firstIndex: 0 });
    const report = await auditor.audit.reports.prepare(reasoned, { recompute: true });
    expect([report.origin, report.findings.differences]).toEqual([old, 0]);
    expect(report.authorities.map(({ authority }) => authority)).toEqual([...auditor.audit.reviewed()].sort());
    const recordId = await auditor.audit.reports.submit(reasoned, report);
    const { next: after } = await auditor.audit.reports.list(review);
    expect(after).toMatchObject({ shard: shardOf(next), firstIndex: 0, previous: recordId });
    expect(await errorOf(auditor.audit.reports.submit(reasoned, report))).toBe('audit/report-stale');
    // Its record is in the log that follows, what it counts in the one that ended: both are proven.
    const kept = await settled(() => auditor.audit.reports.file(reasoned, { recordId, report }));
    expect(new TextDecoder().decode(kept.record.proof)).toContain(next);
    const second = await auditor.audit.reports.prepare(reasoned);
    expect([second.origin, second.previous]).toEqual([next, recordId]);
    const [file, keys] = [join(scratch, 'report.json'), join(scratch, 'both-logs')];
    await writeFile(file, encodeReportFile(kept));
    await writeFile(keys, `${policy}${await logLine(old)}${await logLine(next)}`);
    expect((await toldBy(clock, ['report', file, '--policy', keys])).exitCode).toBe(0);
    const oldKey = join(scratch, 'old-log');
    await writeFile(oldKey, `${policy}${await logLine(old)}`);
    expect((await toldBy(clock, ['report', file, '--policy', oldKey])).exitCode).toBe(1);
  });

  it('anybody verifies without a server that one log follows the other, under the key of the old one alone', async () => {
    const [oldFolder, nextFolder, policyFile] = ['old', 'next', 'old-log'].map((name) => join(scratch, name));
    if (oldFolder === undefined || nextFolder === undefined || policyFile === undefined) throw new Error('three names');
    await writeLogFolder(world, shardOf(old), oldFolder);
    await writeLogFolder(world, shardOf(next), nextFolder);
    await writeFile(policyFile, `${policy}${await logLine(old)}`);
    const told = await auditor.successionFile(shardOf(old));
    const verify = async (file: SuccessionFile, [first, second]: readonly [string, string]) => {
      const path = join(scratch, 'succession.json');
      await writeFile(path, encodeSuccessionFile(file));
      return toldBy(clock, ['succession', path, '--policy', policyFile, '--old-log', first, '--next-log', second]);
    };
    const whole = await verify(told, [oldFolder, nextFolder]);
    expect([whole.exitCode, whole.next]).toEqual([0, expect.objectContaining({ origin: next, reason: 'turn' })]);
    expect(whole.claims).toEqual(
      ['checkpoint', 'witnesses', 'succession', 'old-log', 'next-log'].map((claim) =>
        expect.objectContaining({ claim, verdict: 'verified (pinned keys)' }),
      ),
    );
    const [{ closing }, last] = [told, told.closing && parseTlogProof(told.closing.proof).index];
    if (closing === undefined || last === undefined) throw new Error('no closing record');
    const failed = ({ exitCode, claims }: Awaited<ReturnType<typeof toldBy>>) => [
      exitCode,
      ...claims.flatMap(({ claim, outcome, code, firstBadIndex }) =>
        outcome === 'fails' ? [[claim, code, firstBadIndex]] : [],
      ),
    ];
    const both = [oldFolder, nextFolder] as const;
    expect(failed(await verify({ ...told, reason: 'command' }, both))).toEqual([1, ['succession', 'closing', last]]);
    expect(failed(await verify({ ...told, genesis: closing }, both))[0]).toBe(1);
    expect(failed(await verify(told, [nextFolder, nextFolder]))[0]).toBe(1);
    // One byte of one record of the old log.
    const bundle = join(oldFolder, tilePath({ kind: 'entries', index: 0, width: Math.min(last + 1, 256) }));
    const bytes = await readFile(bundle);
    const at = bytes.indexOf('"out":"allowed"');
    bytes[at + 8] = 0x41;
    await writeFile(bundle, bytes);
    expect(failed(await verify(told, both))).toEqual([1, ['old-log', expect.any(String), 0]]);
    expect(await errorOf(auditor.successionFile(shardOf(next)))).toBe('client/not-found');
  });

  const lies: readonly (readonly [string, (told: Told) => unknown])[] = [
    ['says nothing of it', () => null],
    ['leaves the last record of the old log out', (told) => ({ ...told, closing: null })],
    ['shows another record as the last one', (told) => ({ ...told, closing: told['genesis'] })],
    ['shows another record as the first one', (told) => ({ ...told, genesis: told['closing'] })],
    ['says that the log was abandoned', (told) => ({ ...told, reason: 'abandoned' })],
    ['hides what leads to the last head', (told) => ({ ...told, consistency: [] })],
  ];
  const withoutWitnesses = (told: Told): unknown => {
    const lines = String(told['checkpoint']).split('\n');
    return { ...told, checkpoint: lines.filter((line) => !line.includes('witness.invalid')).join('\n') };
  };

  for (const [name, lie] of lies) {
    it(`a server that ${name} is refused with an alarm, and nothing of it is pinned`, async () => {
      const judge = await world.opened('judge-xb', { ...(await asBefore()), route: lyingRoute('logSuccession', lie) });
      expect(await errorOf(judge.server())).toBe('client/server-changed');
      expect(judge.alarms.list().map(({ kind }) => kind)).toEqual(['log-replaced']);
      const honest = await world.opened('judge-xb', await asBefore());
      expect((await honest.server()).auditOrigin).toBe(next);
    });
  }

  it('nobody who asks for witnesses follows before a quorum of them vouches for it', async () => {
    const judge = await world.opened('judge-xb', {
      ...(await asBefore()),
      route: lyingRoute('logSuccession', withoutWitnesses),
    });
    expect(await errorOf(judge.server())).toBe('client/unwitnessed');
    expect(judge.alarms.list()).toEqual([]);
  });

  it('an auditor whose device came after the turn proves the old log too, by what the new one says of it', async () => {
    const shard = shardOf(old);
    const late = await world.client('auditor-xb', { clock });
    expect((await late.server()).auditOrigin).toBe(next);
    const [last] = (await late.audit.list(review, { shard })).records;
    if (last === undefined) throw new Error('no records');
    const proven = await late.audit.get(review, last.recordId);
    expect([proven.leaf.ev, proven.provenLog]).toEqual(['log.shard.close', old]);
    const [own] = late.audit.reviewed();
    if (own === undefined) throw new Error('nothing to review');
    expect((await late.audit.complete(review, { authority: own }, { shard })).provenIn).toBe(
      last.index === undefined ? 0 : last.index + 1,
    );
    const keysOf = async (client: Client) => (await client.logTrust(shard)).logKeys.map(encodeVerifierKey);
    expect(await keysOf(late)).toEqual([encodeVerifierKey(await nextKey(old))]);
    expect((await late.successionFile(shard)).origin).toBe(old);
    expect(await errorOf(late.logTrust('2019h1'))).toBe('client/unknown-log');
    expect(late.alarms.list()).toEqual([]);
  });

  const foreignKey = async (): Promise<string> =>
    encodeVerifierKey(verifierKey({ ...(await nextKey(next)), name: old }));
  const backwards: readonly (readonly [string, (told: Told) => Told | Promise<Told>, string])[] = [
    ['gives the old log another key', async (told) => ({ ...told, key: await foreignKey() }), 'client/server-changed'],
    ['gives the old log what is no key', (told) => ({ ...told, key: 'none' }), 'client/answer'],
    ['hides the last record', (told) => ({ ...told, closing: null }), 'client/server-changed'],
    ['shows another first record', (told) => ({ ...told, genesis: told['closing'] }), 'client/server-changed'],
    ['hides the witnesses', (told) => withoutWitnesses(told) as Told, 'client/unwitnessed'],
  ];
  for (const [name, lie, code] of backwards) {
    it(`a device that came after the turn believes no server that ${name}`, async () => {
      const stateStore = new MemoryStateStore();
      const fresh = await world.opened('auditor-xc', { clock, stateStore, route: lyingRoute('logSuccession', lie) });
      await fresh.server();
      await fresh.trustWitnesses(utf8(policy));
      expect(await errorOf(fresh.logTrust(shardOf(old)))).toBe(code);
      const honest = await world.opened('auditor-xc', { clock, stateStore });
      await honest.server();
      expect((await honest.logTrust(shardOf(old))).origin).toBe(old);
    });
  }

  /** How far the server computed the log that ended, and what the records show. */
  async function ofOld(shard: string) {
    const { computedTo } = await auditor.audit.findings.list(review, { shard });
    const { differences, records } = await auditor.audit.findings.recompute(review, { shard });
    expect(differences).toEqual([]);
    return { computedTo, records };
  }

  const logLine = async (origin: string): Promise<string> => `log ${encodeVerifierKey(await nextKey(origin))}\n`;

  /** Until a record has its place in the log. */
  async function settled<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!isRogatoryError(error) || error.code !== 'client/contended') throw error;
      }
    }
  }

  /** A device that was last used before the turn. */
  async function asBefore() {
    const stateStore = new MemoryStateStore();
    for (const [slot, bytes] of slept) await stateStore.write(slot, bytes);
    return { clock, stateStore };
  }
});
