import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { isRogatoryError } from '@rogatory/kernel';
import { eachEngine } from '@rogatory/platform-database/testing';
import { TestingClock, testingRandom } from '../testing.js';
import { testingMigrations } from '../testing/tampering.js';
import { TurnRig } from '../testing/turn-rig.js';
import { type TurnStep, turnSteps } from './log-turn.js';

const HALF_YEAR_MS = 184 * 86_400_000;
const HOUR_MS = 3_600_000;

const errorOf = (work: Promise<unknown>): Promise<{ code: string; reason: unknown }> =>
  work.then(
    () => ({ code: 'none', reason: undefined }),
    (error: unknown) =>
      isRogatoryError(error)
        ? { code: error.code, reason: error.details['reason'] }
        : { code: String(error), reason: undefined },
  );

eachEngine('the turn of a log', { migrations: testingMigrations }, (at) => {
  const clock = new TestingClock();
  let rig: TurnRig;
  let folder = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rogatory-turn-'));
    const parts = {
      database: at.database(),
      databaseRecorder: at.recorder(),
      clock,
      random: testingRandom(61),
      folder,
    };
    rig = new TurnRig(parts);
    await rig.record('2026h2', 3);
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  /** The log that takes records, and the one after it when the next half-year began; all witnesses know both. */
  async function dueShards(): Promise<readonly [string, string]> {
    const shard = await rig.shard();
    clock.advance(HALF_YEAR_MS);
    const date = new Date(clock.nowMs());
    const next = `${date.getUTCFullYear()}h${date.getUTCMonth() < 6 ? 1 : 2}`;
    for (const name of [shard, next]) rig.followed.add(name);
    return [shard, next];
  }

  async function expectTurned(shard: string, next: string): Promise<void> {
    expect(await rig.shard()).toBe(next);
    expect(await rig.pending()).toBe(0);
    const [old, fresh] = [await rig.leaves(shard), await rig.leaves(next)];
    expect(old.map(({ ev }) => ev).slice(-2)).toEqual(['log.epoch', 'log.shard.close']);
    expect(old.filter(({ ev }) => ev === 'log.shard.close')).toHaveLength(1);
    expect(fresh[0]?.ev).toBe('log.genesis');
    expect(fresh.filter(({ ev }) => ev === 'log.genesis')).toHaveLength(1);
    expect(await rig.verify(shard)).toMatchObject({ outcome: 'verified', checkpoint: { size: old.length } });
  }

  it('is not due before the half-year is over, and changes nothing then', async () => {
    rig.followed.add('2026h2');
    const logs = await rig.settle();
    expect(logs).toMatchObject({ origin: 'test.invalid/audit/log/2026h2', ends: [] });
    expect(logs.turn).toBeUndefined();
  });

  it('waits until a quorum knows the next log; records go on in the old one meanwhile', async () => {
    // A start numbers what was recorded before: a log without an index has nothing to end.
    await rig.number('2026h2');
    clock.advance(HALF_YEAR_MS);
    const logs = await rig.settle();
    expect(logs.origin).toBe('test.invalid/audit/log/2026h2');
    expect(isRogatoryError(logs.postponed) && logs.postponed.code).toBe('audit/turn-unwitnessed');
    expect((await errorOf(rig.settle({ isCommanded: true }))).code).toBe('audit/turn-unwitnessed');
    expect(await rig.record('2026h2')).toHaveLength(1);
    rig.followed.add('2027h1');
    const turned = await rig.settle();
    expect(turned).toMatchObject({ origin: 'test.invalid/audit/log/2027h1', turn: { previousOrigin: logs.origin } });
    expect(turned.ends.map(({ shard, nextShard, reason }) => [shard, nextShard, reason])).toEqual([
      ['2026h2', '2027h1', 'turn'],
    ]);
    await expectTurned('2026h2', '2027h1');
  });

  it('refuses every later record of the log that ended, whoever still has it open', async () => {
    expect(await errorOf(rig.record('2026h2'))).toEqual({ code: 'audit/unavailable', reason: 'log-ended' });
    expect(await rig.pending()).toBe(0);
  });

  for (const step of turnSteps) {
    it(`goes on where it was cut off before "${step}", and loses nothing`, async () => {
      const [shard, next] = await dueShards();
      // One of a device whose clock is ahead: its id would come after that of the last record.
      const ids = [...(await rig.record(shard, 2)), ...(await rig.record(shard, 1, HOUR_MS))];
      await rig.number(shard, 1);
      const cut = new Error('killed');
      const onStep = (reached: TurnStep) => {
        if (reached === step) throw cut;
      };
      await expect(rig.settle({ onStep })).rejects.toBe(cut);
      const isEnded = step !== 'end';
      expect((await errorOf(rig.record(shard))).code).toBe(isEnded ? 'audit/unavailable' : 'none');
      await rig.settle();
      await expectTurned(shard, next);
      const found = (await rig.leaves(shard)).map(({ id }) => String(id));
      expect(found).toEqual(expect.arrayContaining(ids));
      await rig.record(next);
      await rig.number(next);
    });
  }

  it('puts each record that is made meanwhile into exactly one of the two logs', async () => {
    const [shard, next] = await dueShards();
    await rig.number(shard);
    const made: string[] = [];
    let refused = 0;
    const recordAll = async () => {
      for (let n = 0; n < 12; n++) {
        const open = refused === 0 ? shard : await rig.shard();
        try {
          made.push(...(await rig.record(open)));
        } catch (error) {
          if (!isRogatoryError(error) || error.details['reason'] !== 'log-ended') throw error;
          refused += 1;
        }
      }
    };
    await Promise.all([recordAll(), recordAll(), recordAll(), rig.settle()]);
    await rig.settle();
    await rig.number(next);
    await expectTurned(shard, next);
    const [old, fresh] = [await rig.leaves(shard), await rig.leaves(next)];
    const places = made.map((id) => [old, fresh].filter((leaves) => leaves.some((leaf) => leaf.id === id)).length);
    expect(places).toEqual(made.map(() => 1));
  });

  it('is done once when several servers do it at the same time, with the record of the end as the last one', async () => {
    for (let round = 0; round < 5; round++) {
      const [shard, next] = await dueShards();
      await rig.record(shard, 2);
      await rig.number(shard);
      // Either may find the other at work and stop; whatever is left is done by the next start.
      await Promise.allSettled([rig.settle(), rig.settle(), rig.settle()]);
      await rig.settle();
      await expectTurned(shard, next);
    }
  });

  it('comes by command within a half-year, under a name that sorts behind', async () => {
    const shard = await rig.shard();
    rig.followed.add(`${shard}-2`);
    expect((await rig.settle({ isCommanded: true })).turn?.origin).toBe(`test.invalid/audit/log/${shard}-2`);
    await expectTurned(shard, `${shard}-2`);
  });
});
