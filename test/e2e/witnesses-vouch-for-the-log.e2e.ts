import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Client, operations, rootOf } from '@rogatory/client';
import { witnessesOf } from '@rogatory/cli';
import { type CompartmentId, limits, systemRandom, utf8 } from '@rogatory/kernel';
import { silentLog } from '@rogatory/platform-telemetry';
import { actSubjects, auditPurposes, legalBases } from '@rogatory/protocol';
import { encodeVerifierKey, parsePolicy, parseTlogProof, verifyCheckpoint } from '@rogatory/tlog';
import { makeWitness, originHash, type RunningWitness, startWitness } from '@rogatory/witness';
import { refusalOf } from '../rig/rig.js';
import { onQuickest } from '../world/engines.js';
import { SetClock } from '../world/set-clock.js';
import { freePort, World } from '../world/world.js';

/** One witness per state, in folders of their own, at addresses that the server was told before they answered. */
const states = ['xa', 'xb', 'xc'] as const;
const POLL_MS = 20;

describe('three oversight bodies vouch for the audit log', () => {
  let scratch = '';
  let policyText = '';
  let world: World;
  /** What the server, the witnesses and the devices go by. */
  const clock = new SetClock();
  let prosecutor: Client;
  let root: CompartmentId;
  const ports = new Map<string, number>();
  const running = new Map<string, RunningWitness>();

  const start = async (state: string): Promise<void> => {
    const folder = join(scratch, state);
    const place = { folder, host: '127.0.0.1', port: ports.get(state) ?? 0 };
    running.set(state, await startWitness({ ...place, clock, random: systemRandom, log: silentLog }));
  };
  const end = async (state: string): Promise<void> => {
    await running.get(state)?.stop();
    running.delete(state);
  };
  const published = async (log: string): Promise<Uint8Array | undefined> => {
    const response = await fetch(`${world.url}/${log}/checkpoint`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    return response.status === 200 ? bytes : undefined;
  };
  /** Asks until it is so; what fails is that it never comes to be. */
  const eventually = async <T>(look: () => Promise<T | undefined>): Promise<T> => {
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      await pause(POLL_MS);
    }
  };
  const policyOf = async () => {
    const { logKeys } = await prosecutor.server();
    return parsePolicy(utf8(`${policyText}${logKeys.map((key) => `log ${key}\n`).join('')}`));
  };
  /** Size of the audit log that a witness vouches for; undefined before the first. */
  const heldBy = async (state: string): Promise<number | undefined> => {
    const { auditOrigin } = await prosecutor.server();
    const seen = await fetch(`${running.get(state)?.url}/${originHash(auditOrigin)}/checkpoint`);
    const text = await seen.text();
    return seen.ok ? Number(text.split('\n')[1]) : undefined;
  };
  /** Reads the keys of the first case, which waits for a signed head. */
  const keyBoxes = () =>
    prosecutor.gateway.call(
      operations.boxesOperation,
      { variables: { compartmentId: root, fromSeq: 0, first: 10 }, subject: actSubjects.readBoxes(root) },
      () => 'told' as const,
    );
  const auditPath = async (): Promise<string> => {
    const { auditOrigin } = await prosecutor.server();
    return `audit/log/${auditOrigin.slice(auditOrigin.lastIndexOf('/') + 1)}`;
  };

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'rogatory-witnesses-'));
    const lines: string[] = [];
    for (const state of states) {
      ports.set(state, await freePort());
      const key = await makeWitness(join(scratch, state), `witness.invalid/${state}`, systemRandom);
      lines.push(`witness ${state} ${encodeVerifierKey(key)} http://127.0.0.1:${ports.get(state)}`);
    }
    policyText = `${lines.join('\n')}\ngroup states 2 ${states.join(' ')}\nquorum states\n`;
    const policyFile = join(scratch, 'policy');
    await writeFile(policyFile, policyText);
    world = await World.start(await onQuickest(), { policyFile, clock });
    prosecutor = await world.client('prosecutor-xa', { clock });
    for (const state of states) await world.followedBy(join(scratch, state));
  });
  afterAll(async () => {
    for (const state of states) await end(state);
    await world.stop();
    await rm(scratch, { recursive: true, force: true });
  });

  it('nothing is in force before a quorum spoke, and no act is proven', async () => {
    root = rootOf((await prosecutor.cases.create({ title: 'Operation Lantern' })).caseId);
    await start('xa');
    expect(await eventually(() => heldBy('xa'))).toBeGreaterThan(0);
    // One of three cosigned: that is no quorum.
    expect(await published(await auditPath())).toBeUndefined();
    expect((await prosecutor.audit.receipts()).proven).toEqual([]);
  });

  it('two of three are enough, for the audit log, the directory and every receipt', async () => {
    await start('xb');
    const policy = await policyOf();
    for (const log of [await auditPath(), 'directory/log']) {
      const head = verifyCheckpoint(await eventually(() => published(log)), policy);
      expect(head.quorum.witnesses.map(({ name }) => name)).toEqual(['xa', 'xb']);
    }
    const proof = await eventually(async () => (await prosecutor.audit.receipts()).proven[0]?.proof);
    const { checkpoint } = parseTlogProof(utf8(proof));
    expect(verifyCheckpoint(checkpoint, policy).quorum.fulfilled).toBe(true);
  });

  it('without a quorum the last head stays in force, and what follows waits for it', async () => {
    await end('xa');
    await end('xb');
    const policy = await policyOf();
    await prosecutor.cases.create({ title: 'Operation Harbour' });
    await start('xc');
    // The third one alone vouches for what is new; that changes nothing for anybody.
    const alone = await eventually(() => heldBy('xc'));
    const inForce = verifyCheckpoint((await published(await auditPath())) ?? new Uint8Array(0), policy);
    expect(inForce.quorum.witnesses.map(({ name }) => name)).toEqual(['xa', 'xb']);
    expect(inForce.size).toBeLessThan(alone);
    await start('xa');
    const after = await eventually(async () => {
      const head = verifyCheckpoint((await published(await auditPath())) ?? new Uint8Array(0), policy);
      return head.size > inForce.size ? head : undefined;
    });
    expect(after.quorum.witnesses.map(({ name }) => name)).toEqual(['xa', 'xc']);
    expect(after.size).toBeGreaterThanOrEqual(alone);
  });

  it('T22: a quarter of an hour without a quorum shuts what a signed head has to vouch for, and says since when', async () => {
    const auditor = await world.client('auditor-xa', { clock });
    const review = {
      purpose: auditPurposes.lawfulness,
      justification: { legalBasis: legalBases.oversight, instrument: '', text: 'what is shown without a quorum' },
    };
    const sensitive = () => [
      auditor.auditExports.fetch(review, { first: 0, write: async () => undefined }),
      keyBoxes(),
    ];
    // A client asks once; each look is one of its own, as on the command line.
    const facts = async () => (await world.opened('judge-xb', { clock })).server();
    const standing = async () => witnessesOf(await facts(), clock.nowMs());
    expect(await standing()).toMatchObject({ verdict: 'well' });
    await Promise.all(sensitive());
    for (const state of running.keys()) await end(state);
    const silentMs = clock.nowMs();
    await prosecutor.cases.create({ title: 'Operation Quay' });
    // Answered only once a signed head is there that nobody vouches for.
    await keyBoxes();
    clock.aheadMs += limits.witnessWordsMs - 60_000;
    // Somebody is told, and nothing is refused yet.
    const told = await standing();
    expect(told.verdict).toBe('attention');
    const { unwitnessedSinceMs = 0 } = await facts();
    expect(unwitnessedSinceMs).toBeGreaterThan(silentMs - limits.witnessHeartbeatMs);
    expect(unwitnessedSinceMs).toBeLessThan(clock.nowMs() - limits.witnessPatienceMs);
    expect(told.says).toContain(new Date(unwitnessedSinceMs).toISOString().slice(0, 19));
    await Promise.all(sensitive());
    clock.aheadMs += 2 * limits.witnessWordsMs;
    const refusals = await Promise.all(sensitive().map((work) => refusalOf(work)));
    expect(refusals.map(({ family, code }) => [family, code])).toEqual([
      ['unavailable', 'audit/unavailable'],
      ['unavailable', 'audit/unavailable'],
    ]);
    expect(await standing()).toMatchObject({
      verdict: 'wrong',
      says: expect.stringContaining('documents and keys are refused until it is back'),
    });
    // What needs no such head goes on, with its record.
    await prosecutor.cases.create({ title: 'Operation Mole' });
    expect((await prosecutor.cases.list()).length).toBeGreaterThan(3);
    await start('xb');
    await start('xc');
    await eventually(async () => Promise.all(sensitive()).catch(() => undefined));
    // The directory has a quorum of its own, whose witnesses read it first.
    await eventually(async () => ((await standing()).verdict === 'well' ? true : undefined));
  });

  it('T22: with a signer that cannot store its head nothing leaves that waits for one, and an act is kept', async () => {
    const { signerFolder } = world.configuration.audit;
    const { gate } = world.server.features.audit;
    await rename(signerFolder, `${signerFolder}.away`);
    await writeFile(signerFolder, 'no folder');
    const refused = refusalOf(keyBoxes());
    await eventually(async () => gate.waitingAnswers > 0 || undefined);
    await prosecutor.cases.create({ title: 'Operation Weir' });
    clock.aheadMs += limits.gateTimeoutMs;
    expect(await refused).toMatchObject({ family: 'unavailable', code: 'audit/unavailable' });
    await rm(signerFolder);
    await rename(`${signerFolder}.away`, signerFolder);
    expect(await eventually(() => keyBoxes().catch(() => undefined))).toBe('told');
    expect((await prosecutor.cases.list()).map(({ caseId }) => caseId)).toHaveLength(5);
  });
});
