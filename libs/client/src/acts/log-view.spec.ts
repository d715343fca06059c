import { describe, expect, it } from '@jest/globals';
import { limits, toBase64 } from '@rogatory/kernel';
import { fullConsistencyPath, openCheckpoint, parseForkProof, verifyForkProof } from '@rogatory/tlog';
import type { Concern } from '../state/concern.js';
import { entryOf, headOf, pinnedDevice, readerOf, rootOf } from '../testing/signed-log.js';
import { LogView } from './log-view.js';
import { auditTrust } from './known-logs.js';

const honest = Array.from({ length: 40 }, (_, i) => entryOf(i));
const other = Array.from({ length: 40 }, (_, i) => entryOf(i, i < 5 ? 'one' : 'other'));

/** What an answer says of a history to somebody who stated a size. */
async function told(entries: readonly Uint8Array[], stated: number) {
  const size = entries.length;
  const consistency = stated >= 1 && stated < size ? await fullConsistencyPath(stated, size, readerOf(entries)) : [];
  const view = { size, checkpoint: toBase64(await headOf(entries)), consistency: consistency.map(toBase64) };
  return { data: {}, extensions: { view } };
}

async function scene() {
  const { store, state } = await pinnedDevice();
  const concerns: Concern[] = [];
  const clock = { now: Date.UTC(2026, 10, 23), nowMs: () => clock.now, monotonicMs: () => clock.now };
  const open = () =>
    new LogView({
      ...{ state, store, clock },
      raise: async (concern) => void concerns.push(concern),
      follow: () => Promise.reject(new Error('there is one log')),
    });
  const device = { view: open() };
  return {
    ...{ state, concerns, clock, device },
    /** The same device in another process. */
    restart: () => {
      device.view = open();
    },
    see: async (entries: readonly Uint8Array[]) => {
      const stated = device.view.stated();
      await device.view.take(await told(entries, stated.size), stated);
    },
    miss: () => device.view.take({ data: {} }, device.view.stated()),
  };
}

describe('the view of the log in the answers of a server', () => {
  it('moves the head on, saved with the next write', async () => {
    const { see, device, state, concerns, restart } = await scene();
    for (const size of [1, 9, 9, 33]) {
      await see(honest.slice(0, size));
      expect(device.view.stated()).toMatchObject({ size, root: rootOf(honest.slice(0, size)) });
    }
    await device.view.flush();
    expect(state.memory.auditHead.size).toBe(33);
    restart();
    await see(honest);
    expect([device.view.stated().size, concerns]).toEqual([40, []]);
  });

  it.each([
    ['a larger head', other],
    ['a head of the same size', other.slice(0, 20)],
  ])('proves a fork by %s of another history, and refuses the answer', async (_, entries) => {
    const { see, device, concerns, state } = await scene();
    await see(honest.slice(0, 20));
    await expect(see(entries)).rejects.toMatchObject({ code: 'client/fork' });
    expect(concerns).toEqual([{ kind: 'fork', code: 'tlog/fork' }]);
    expect(device.view.stated().size).toBe(20);
    const proof = parseForkProof((await device.view.forkProof()) ?? new Uint8Array(0));
    const { pins } = state.memory;
    if (pins === undefined) throw new Error('nothing is pinned');
    const heads = verifyForkProof(proof, (bytes) => openCheckpoint(bytes, auditTrust(pins)));
    expect(heads).toMatchObject({ first: { size: 20 }, second: { size: entries.length } });
  });

  it('tells a log that shrank, and a head that leads nowhere', async () => {
    const { see, device, concerns } = await scene();
    await see(honest.slice(0, 20));
    await see(honest.slice(0, 12));
    const stated = device.view.stated();
    const { data, extensions } = await told(honest, stated.size);
    await device.view.take({ data, extensions: { view: { ...extensions.view, consistency: [] } } }, stated);
    expect(concerns.map(({ kind }) => kind)).toEqual(['log-shrank', 'head-unproven']);
    expect(device.view.stated().size).toBe(20);
  });

  it('tells of answers without a head once they lack it for a minute, over restarts', async () => {
    const { see, miss, device, restart, concerns, clock } = await scene();
    await miss();
    clock.now += limits.headMissingMs;
    await miss();
    expect(concerns).toEqual([]); // nothing was stated yet
    await see(honest.slice(0, 20));
    await miss();
    clock.now += limits.headMissingMs - 1;
    await miss();
    await see(honest.slice(0, 21));
    clock.now += 1;
    await miss();
    expect(concerns).toEqual([]);
    await device.view.flush();
    restart();
    clock.now += limits.headMissingMs;
    await miss();
    await miss();
    expect(concerns).toEqual([{ kind: 'head-missing' }]);
  });
});
