/**
 * E30: a log whose every write is killed, or answered with an error of the disk, converges with acts and records equal.
 * The system calls of a real server are ended or failed one after the other with strace, from the commit of an act to the
 * published head; then server, database and sequencer are killed at random under load. 9 steps, 4 errors and 9 random kills
 * by name; with `--long` three times the steps and 200 kills. `ROGATORY_E30_KILLS` and `ROGATORY_E30_SEED` choose others.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AuditReport, type Client, rootOf } from '@rogatory/client';
import { testPostgresUrl } from '@rogatory/platform-database/testing';
import { type Aftermath, aftermathOf } from '../fault/aftermath.js';
import { Ledger } from '../fault/ledger.js';
import { livesUnder, stepCalls, type StepOutcome, type StepScene } from '../fault/log-steps.js';
import { type RandomKills, randomKills } from '../fault/random-kills.js';
import { auditOf, promisesKept } from '../fault/remains.js';
import { type Injection, straceRefusal } from '../fault/strace.js';
import { onEmbedded, onQuickest } from '../world/engines.js';
import { asAdministrator } from '../world/rows.js';
import { World } from '../world/world.js';
import { isLong, report } from './report.js';

const kills = Number(process.env['ROGATORY_E30_KILLS'] ?? (isLong ? 200 : 9));
const seed = Number(process.env['ROGATORY_E30_SEED'] ?? 20_261_123);
const refusal = straceRefusal();

/** The calls of one act to its published head, three acts in the long mode. */
const steps = Array.from({ length: isLong ? 27 : 9 }, (_, step) => step + 1);
const killsAtSteps: readonly Injection[] = steps.map((from) => ({
  ...{ calls: stepCalls, fault: 'kill', from, isLasting: false },
}));
const errors: readonly Injection[] = [
  { calls: ['pwrite64'], fault: 'ENOSPC', from: 1, isLasting: true },
  { calls: ['fdatasync'], fault: 'EIO', from: 1, isLasting: false },
  { calls: ['rename'], fault: 'ENOSPC', from: 1, isLasting: true },
  { calls: ['fsync'], fault: 'EIO', from: 1, isLasting: true },
];

/** What every run has to leave: acts are records, answers have theirs, and the log is one. */
interface Remains {
  readonly audit: AuditReport;
  readonly aftermath: Aftermath;
  readonly texts: readonly string[];
}

async function remainsOf(
  world: World,
  client: Client,
  earlier: readonly Uint8Array[],
  caseId: Parameters<typeof rootOf>[0],
): Promise<Remains> {
  const open = await client.cases.open(caseId);
  const texts = open.compartments.flatMap((compartment) => client.messages.list(compartment).map(({ text }) => text));
  const audit = await auditOf(await world.client('auditor-xa'), earlier);
  let aftermath: Aftermath | undefined;
  await world.restart(async () => {
    aftermath = await asAdministrator(world.configuration, (ask) => aftermathOf(ask, rootOf(caseId)));
  });
  if (aftermath === undefined) throw new Error('nobody looked');
  return { audit, aftermath, texts };
}

/** What is wrong with it; nothing where acts and records are equal and the log is one. */
function faultsOf({ aftermath, audit, texts }: Remains, ledger: Ledger): readonly unknown[] {
  const found = new Set(texts);
  return [
    ...Object.entries(aftermath.found).filter(([, rows]) => rows > 0),
    ...audit.claims.filter(({ outcome }) => outcome === 'fails'),
    ...['msg.send', 'case.create'].filter((event) => audit.events.get(event) !== aftermath.recordsOf.get(event)),
    ...(texts.length === found.size ? [] : ['a message twice']),
    ...ledger.messages.filter((text) => !found.has(text)),
    ...texts.filter((text) => !ledger.attempts.has(text)),
  ];
}

const underStrace = refusal === undefined ? describe : describe.skip;

underStrace(`T20, T22: system calls of a real server${refusal === undefined ? '' : ` (skipped: ${refusal})`}`, () => {
  let world: World;
  let client: Client;
  let scene: StepScene;
  let outcomes: readonly StepOutcome[] = [];

  beforeAll(
    async () => {
      world = await World.start(await onEmbedded());
      client = await world.client('prosecutor-xa');
      const open = await client.cases.create({ title: 'Killed' });
      const { auditOrigin } = await client.server();
      const checkpointUrl = `${world.url}/audit/log/${auditOrigin.slice(auditOrigin.lastIndexOf('/') + 1)}/checkpoint`;
      scene = { world, client, open, ledger: new Ledger(), checkpoints: [], checkpointUrl };
      await world.restart(async () => {
        outcomes = await livesUnder(scene, [...killsAtSteps, ...errors]);
      });
    },
    120_000 + (killsAtSteps.length + errors.length) * 90_000,
  );
  afterAll(() => world.stop());

  it('every injection met a call, and every successor answered', () => {
    expect(outcomes.filter(({ hits }) => hits === 0)).toEqual([]);
    expect(outcomes).toHaveLength(killsAtSteps.length + errors.length);
  });

  it('a disk that takes nothing answers nothing', () => {
    const full = outcomes.find(({ injection: { fault, calls } }) => fault === 'ENOSPC' && calls.includes('pwrite64'));
    expect(full).toMatchObject({ answered: 0 });
  });

  it('acts and records are equal, each answer has its record, the log is one', async () => {
    await promisesKept([client]);
    const remains = await remainsOf(world, client, scene.checkpoints, scene.open.caseId);
    expect(faultsOf(remains, scene.ledger)).toEqual([]);
    expect(remains.audit.claims.find(({ claim }) => claim === 'earlier-heads')).toMatchObject({ outcome: 'holds' });
    const ready = outcomes.map(({ readyMs }) => readyMs).sort((a, b) => a - b);
    report('system calls killed or failed, embedded', {
      'killed at a step': killsAtSteps.length,
      'failed with an error': errors.length,
      'acts answered': outcomes.reduce((sum, { answered }) => sum + answered, 0),
      'acts refused or cut off': outcomes.reduce((sum, { refused }) => sum + refused.length, 0),
      'acts without record, records without act, half states': Object.values(remains.aftermath.found).reduce(
        (a, b) => a + b,
        0,
      ),
      'ready again, ms (median, worst)': `${ready[Math.floor(ready.length / 2)]}, ${ready.at(-1)}`,
    });
  }, 120_000);
});

describe(`T20, G1: server, database and sequencer killed at random${testPostgresUrl() === undefined ? ' (no PostgreSQL: the server alone)' : ''}`, () => {
  let world: World;
  let run: RandomKills;

  beforeAll(
    async () => {
      world = await World.start(await onQuickest());
      run = await randomKills(world, { kills, seed });
    },
    120_000 + kills * 30_000,
  );
  afterAll(() => world.stop());

  it('the run was under load, and each of them was hit', () => {
    expect(run.ledger.messages.length).toBeGreaterThan(kills);
    const { server, database, sequencer } = run.hits;
    expect(server + database + sequencer).toBe(kills);
    expect(server).toBeGreaterThan(0);
    if (run.kinds.length > 1) expect(Math.min(database, sequencer)).toBeGreaterThan(0);
  });

  it(
    'acts and records are equal, each answer has its record, the log is one',
    async () => {
      await promisesKept(run.clients.values());
      const [reader] = run.clients.values();
      if (reader === undefined) throw new Error('nobody');
      const remains = await remainsOf(world, reader, run.checkpoints, run.caseId);
      expect(faultsOf(remains, run.ledger)).toEqual([]);
      report(`killed at random under load, ${world.configuration.database.kind}, seed ${seed}`, {
        ...{ kills, 'of the server': run.hits.server, 'of the database': run.hits.database },
        'of the sequencer': run.hits.sequencer,
        'messages acknowledged': run.ledger.messages.length,
        'audit records, all in the verified log': remains.audit.size,
        'acts without record, records without act, half states': Object.values(remains.aftermath.found).reduce(
          (a, b) => a + b,
          0,
        ),
      });
    },
    120_000 + kills * 3_000,
  );
});
