import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  administrate,
  createScratchDatabase,
  type ScratchDatabase,
  testPostgresUrl,
} from '@rogatory/platform-database/testing';
import { busContract, WakeRecorder } from './bus.contract.js';
import { LocalBus } from './local-bus.js';
import { PendingWakes } from './pending-wakes.js';
import { PostgresBus } from './postgres-bus.js';
import { encodeWake, parseWake } from './wake-payload.js';

const TERMINATE = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'rogatory-bus'`;
const ignoreFaults = (): void => undefined;
const server = testPostgresUrl();

describe('bus (local)', () => {
  let bus = new LocalBus(ignoreFaults);
  busContract({
    open: async () => {
      if (!bus.isConnected()) bus = new LocalBus(ignoreFaults);
      return bus;
    },
  });
});

(server === undefined ? describe.skip : describe)('bus (postgres; skipped without a server)', () => {
  let scratch: ScratchDatabase;
  beforeAll(async () => {
    scratch = await createScratchDatabase(server ?? '', []);
  });
  afterAll(() => scratch.drop());
  const open = (onFault: (error: unknown) => void = ignoreFaults) => PostgresBus.open({ url: scratch.url, onFault });

  busContract({ open });

  it('F06: tells subscribers to look after a lost connection, and delivers again', async () => {
    const faults: unknown[] = [];
    const here = await open();
    const there = await open((error) => faults.push(error));
    const recorder = new WakeRecorder();
    there.subscribe('loss', recorder.listener);
    await administrate(scratch.url, TERMINATE);
    await recorder.until(({ wakes }) => wakes.some(({ kind }) => kind === 'look'));
    here.publish('loss', ['a1']);
    await recorder.until(({ ids, wakes }) => ids.includes('a1') || wakes.length > 1);
    expect(faults[0]).toMatchObject({ family: 'unavailable', code: 'database/unavailable' });
    await Promise.all([here.close(), there.close()]);
  });

  it('does not open without a server', async () => {
    const nowhere = PostgresBus.open({ url: 'postgres://nobody@127.0.0.1:1/none', onFault: ignoreFaults });
    await expect(nowhere).rejects.toMatchObject({ family: 'unavailable', code: 'database/unavailable' });
  });
});

describe('wake payload', () => {
  it('comes back as it went out', () => {
    for (const addressed of [
      { topic: 'a.b', wake: { kind: 'ids', ids: ['x', 'y_-9'] } },
      { topic: 'a', wake: { kind: 'look' } },
      'everywhere',
    ] as const) {
      expect(encodeWake('me', addressed).map(parseWake)).toEqual([{ sender: 'me', addressed }]);
    }
  });

  it('is cut into texts below the bound of a notification', () => {
    const ids = Array.from({ length: 1000 }, (_, index) => `${index}`.padStart(64, 'f'));
    const texts = encodeWake('me', { topic: 'a', wake: { kind: 'ids', ids } });
    expect(texts.every((text) => text.length < 8000)).toBe(true);
    const back = texts.map(parseWake).flatMap((payload) => {
      const addressed = payload?.addressed;
      return addressed === undefined || addressed === 'everywhere' || addressed.wake.kind === 'look'
        ? []
        : addressed.wake.ids;
    });
    expect(back).toEqual(ids);
  });

  it('is undefined for anything else on the channel', () => {
    for (const text of [
      '',
      'hello',
      'a b',
      'a  c',
      'me a x y',
      'me A x',
      'me a x,',
      'me * x',
      'me a ü',
      `me a ${'x'.repeat(9000)}`,
    ]) {
      expect(parseWake(text)).toBeUndefined();
    }
  });
});

describe('pending wakes', () => {
  it('merge per topic, and become everywhere above the bound', () => {
    const pending = new PendingWakes(3);
    pending.add('a', ['1', '2']);
    pending.add('b', ['1']);
    pending.add('a', ['2']);
    expect(pending.take()).toEqual([
      { topic: 'a', wake: { kind: 'ids', ids: ['1', '2'] } },
      { topic: 'b', wake: { kind: 'ids', ids: ['1'] } },
    ]);
    expect(pending.isEmpty).toBe(true);
    pending.add('a', ['1', '2', '3', '4']);
    pending.add('b', ['5']);
    expect(pending.take()).toEqual(['everywhere']);
    expect(pending.isEmpty).toBe(true);
  });
});
