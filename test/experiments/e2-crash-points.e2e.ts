/**
 * E2: the server ended at every named point of every act leaves the act whole or absent, and what was acknowledged whole.
 * A real server runs with crash points around its statements, its commits, what follows them, its files and its answers
 * (`test/fault/crash-points.mjs`). Each act is done once to see to which points it comes; then the server is ended there with
 * SIGKILL while the act is done, and started again. 12 points by name; with `--long` every pair of act and point, and every
 * point at least 20 times. `ROGATORY_E2_LIVES` and `ROGATORY_E2_SEED` choose others.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type AuditReport, rootOf } from '@rogatory/client';
import { type Aftermath, aftermathOf } from '../fault/aftermath.js';
import { CrashStage, crashActs } from '../fault/crash-acts.js';
import { CrashLives, type CrashOutcome } from '../fault/crash-lives.js';
import { auditOf, promisesKept } from '../fault/remains.js';
import { onQuickEngine } from '../world/engines.js';
import { asAdministrator } from '../world/rows.js';
import { World } from '../world/world.js';
import { isLong, report } from './report.js';
import { Seeded } from './seeded.js';

const seed = Number(process.env['ROGATORY_E2_SEED'] ?? 20_261_123);
const lives = Number(process.env['ROGATORY_E2_LIVES'] ?? (isLong ? Number.POSITIVE_INFINITY : 12));
/** More points than etcd's 41, and how often each is an end in the long mode. */
const LEAST_POINTS = 45;
const TIMES_EACH = 20;

interface Pair {
  readonly act: (typeof crashActs)[number];
  readonly point: string;
  /** How often the act comes to the point. */
  readonly passes: number;
}

/** Pairs whose points all differ come first; in the long mode all of them, and again until each point had its number. */
function chosen(pairs: readonly Pair[], draw: Seeded): readonly (Pair & { readonly nth: number })[] {
  const order = draw.shuffled(pairs);
  const firsts = order.filter(({ point }, at) => order.findIndex((other) => other.point === point) === at);
  const all = [...firsts, ...order.filter((pair) => !firsts.includes(pair))].map((pair) => ({ ...pair, nth: 1 }));
  if (!isLong) return all.slice(0, lives);
  for (const { point } of firsts) {
    const those = order.filter((pair) => pair.point === point);
    for (let n = those.length; n < TIMES_EACH; n++) {
      const pair = draw.pick(those);
      all.push({ ...pair, nth: 1 + draw.below(pair.passes) });
    }
  }
  return all.slice(0, lives);
}

onQuickEngine('E2, F02: ended at named points', (database) => {
  let world: World;
  let stage: CrashStage;
  const pairs: Pair[] = [];
  const outcomes: CrashOutcome[] = [];
  const heads: Uint8Array[] = [];
  let audit: AuditReport;
  let aftermath: Aftermath;

  beforeAll(
    async () => {
      world = await World.start(await database());
      stage = await CrashStage.prepare(world);
      await world.restart(async () => {
        const life = await CrashLives.begin(stage);
        try {
          for (const act of crashActs) {
            for (const [point, passes] of await life.pointsOf(act)) pairs.push({ act, point, passes });
          }
          for (const { act, point, nth } of chosen(pairs, new Seeded(seed))) {
            outcomes.push(await life.end(act, { name: point, nth }));
          }
        } finally {
          await life.stop();
        }
      });
      await promisesKept([stage.lead, stage.judge, stage.auditor, stage.second, stage.registrar]);
      audit = await auditOf(stage.auditor, heads);
      await world.restart(async () => {
        aftermath = await asAdministrator(world.configuration, (ask) => aftermathOf(ask, rootOf(stage.caseId)));
      });
    },
    isLong ? 6 * 3_600_000 : 300_000,
  );
  afterAll(() => world.stop());

  it('there are enough points, each act comes to several, and the server ended at every one that was chosen', () => {
    expect(new Set(pairs.map(({ point }) => point)).size).toBeGreaterThanOrEqual(LEAST_POINTS);
    for (const { name } of crashActs) {
      const points = pairs.filter(({ act, point }) => act.name === name && point.includes('commit of'));
      expect([name, points.length >= 2]).toEqual([name, true]);
    }
    // The first time that an act comes to a point does not depend on what runs beside it; later ones may.
    expect(outcomes.filter(({ isHit }) => isHit).length).toBeGreaterThan(outcomes.length * 0.9);
    expect(outcomes.length).toBeGreaterThan(0);
  });

  it('what was answered is there, once; what was not is there once or not at all', () => {
    const counted = outcomes.filter(({ effects }) => effects !== undefined);
    expect(counted.filter(({ wasAnswered, effects }) => wasAnswered && effects !== 1)).toEqual([]);
    expect(counted.filter(({ effects }) => effects !== 0 && effects !== 1)).toEqual([]);
  });

  it('nothing is half done, and every act has its record, every record its act', () => {
    expect(Object.entries(aftermath.found).filter(([, rows]) => rows > 0)).toEqual([]);
    expect(audit.claims.filter(({ outcome }) => outcome === 'fails')).toEqual([]);
    for (const event of ['msg.send', 'doc.add', 'case.create']) {
      expect([event, audit.events.get(event)]).toEqual([event, aftermath.recordsOf.get(event)]);
    }
  });

  it('reports', () => {
    const ready = outcomes.map(({ readyMs }) => readyMs).sort((a, b) => a - b);
    const ends = outcomes.filter(({ isHit }) => isHit).map(({ point }) => point);
    expect(ready.length).toBeGreaterThan(0);
    const times = [...new Set(ends)].map((name) => ends.filter((point) => point === name).length);
    report(`ended at named points, ${world.configuration.database.kind}, seed ${seed}`, {
      acts: crashActs.length,
      'named points': new Set(pairs.map(({ point }) => point)).size,
      'pairs of act and point': pairs.length,
      'ends at a point': ends.length,
      'points that were an end, least times each': `${times.length}, ${Math.min(...times)}`,
      'answered all the same': outcomes.filter(({ wasAnswered }) => wasAnswered).length,
      'not answered, and done': outcomes.filter(({ wasAnswered, effects }) => !wasAnswered && effects === 1).length,
      'half states': Object.values(aftermath.found).reduce((sum, rows) => sum + rows, 0),
      'audit records, all in the verified log': audit.size,
      'ready again, ms (median, worst)': `${ready[Math.floor(ready.length / 2)]}, ${ready.at(-1)}`,
    });
  });
});
