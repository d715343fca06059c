import { describe, expect, it } from '@jest/globals';
import { limits, toBase64, toHex } from '@rogatory/kernel';
import type { CarriedHead } from '@rogatory/protocol';
import { fullConsistencyPath, openCheckpoint, parseForkProof, verifyForkProof } from '@rogatory/tlog';
import type { Concern } from '../state/concern.js';
import type { PastLog } from '../state/device-memory.js';
import { entryOf, headOf, pinnedDevice, random, readerOf, rootOf } from '../testing/signed-log.js';
import { carriedHeadOf } from './carried-heads.js';
import { auditTrust } from './known-logs.js';
import { LogView } from './log-view.js';
import type { PeerWord } from './peer-heads.js';

const honest = Array.from({ length: 40 }, (_, i) => entryOf(i));
const other = Array.from({ length: 40 }, (_, i) => entryOf(i, i < 5 ? 'one' : 'other'));
const compartmentId = toHex(random(32)) as PeerWord['compartmentId'];
const device = () => toHex(random(16)) as PeerWord['deviceId'];
const personId = toHex(random(16)) as PeerWord['personId'];

async function scene() {
  const { store, state } = await pinnedDevice();
  const { pins } = state.memory;
  if (pins === undefined) throw new Error('nothing is pinned');
  const trust = auditTrust(pins);
  const concerns: Concern[] = [];
  const clock = { now: Date.UTC(2026, 10, 23), nowMs: () => clock.now, monotonicMs: () => clock.now };
  const open = () =>
    new LogView({
      ...{ state, store, clock },
      raise: async (concern) => void concerns.push(concern),
      follow: () => Promise.reject(new Error('there is one log')),
    });
  const here = { view: open(), asked: [] as number[][] };
  /** One request, and the answer of a server that has this history; `paths` are what a liar puts in the place of its own. */
  const see = async (entries: readonly Uint8Array[], paths?: readonly (readonly Uint8Array[])[]) => {
    const stated = await here.view.asked();
    const sizes = (stated.questions ?? []).map(({ head }) => head.size);
    here.asked.push(sizes);
    const pathOf = async (from: number) =>
      from >= 1 && from < entries.length ? fullConsistencyPath(from, entries.length, readerOf(entries)) : [];
    const peers = paths ?? (await Promise.all(sizes.map(pathOf)));
    const view = {
      ...{ size: entries.length, checkpoint: toBase64(await headOf(entries)) },
      consistency: (await pathOf(stated.size)).map(toBase64),
      peers: peers.map((path) => path.map(toBase64)),
    };
    await here.view.take({ data: {}, extensions: { view } }, stated);
  };
  const carried = async (entries: readonly Uint8Array[]): Promise<CarriedHead> => {
    const head = carriedHeadOf(openCheckpoint(await headOf(entries), trust));
    if (head === undefined) throw new Error('nobody signed');
    return head;
  };
  const hear = async (head: CarriedHead, deviceId = device()) => {
    await here.view.peers.hear({ deviceId, personId, compartmentId, head });
    return deviceId;
  };
  const proven = async () =>
    verifyForkProof(parseForkProof((await here.view.forkProof()) ?? new Uint8Array(0)), (bytes) =>
      openCheckpoint(bytes, trust),
    );
  const restart = async () => {
    await here.view.flush();
    here.view = open();
  };
  /** Another log goes on; this was the last head of the one before. */
  const leave = (entries: readonly Uint8Array[], reason: PastLog['reason']) =>
    state.set((memory) => {
      const past = { origin: pins.auditOrigin, logKeys: pins.logKeys, size: entries.length, root: rootOf(entries) };
      const next = { ...pins, auditOrigin: `${pins.auditOrigin}-next`, logKeys: [] };
      return { ...memory, pins: next, pastLogs: [{ ...past, reason, endedMs: clock.nowMs() }] };
    });
  return { here, see, carried, hear, proven, restart, leave, concerns, clock };
}

describe('heads of the audit log that other devices carry', () => {
  it('are compared once each, with the next request, and are silent where they fit', async () => {
    const { here, see, carried, hear, restart, concerns } = await scene();
    await see(honest.slice(0, 20));
    const [small, same, large] = await Promise.all([9, 20, 31].map((size) => carried(honest.slice(0, size))));
    for (const head of [small, same, large]) await hear(head as CarriedHead);
    await see(honest);
    for (const head of [small, same, large]) await hear(head as CarriedHead);
    await see(honest);
    await restart();
    for (const head of [small, same, large]) await hear(head as CarriedHead);
    await see(honest);
    expect(here.asked).toEqual([[], [9, 20, 31], [], []]);
    expect([concerns, await here.view.forkProof()]).toEqual([[], undefined]);
    expect(await here.view.carried()).toEqual(await carried(honest));
  });

  it.each([
    ['smaller', 12],
    ['as large', 40],
  ])('prove a fork where one of them is %s and of another history, and refuse nothing', async (_, size) => {
    const { here, see, carried, hear, proven, concerns } = await scene();
    await see(honest.slice(0, 20));
    const deviceId = await hear(await carried(other.slice(0, size)));
    await see(honest);
    expect(concerns).toEqual([{ kind: 'fork', deviceId, personId, compartmentId, code: 'tlog/fork' }]);
    expect(await proven()).toMatchObject({
      first: { size, root: rootOf(other.slice(0, size)) },
      second: { size: 40, root: rootOf(honest) },
    });
    expect(here.view.stated()).toMatchObject({ size: 40, root: rootOf(honest) });
  });

  it('that the log did not sign prove nothing, and keep no signed one from being heard', async () => {
    const { here, see, carried, hear, proven, concerns } = await scene();
    await see(honest.slice(0, 20));
    const forked = await carried(other.slice(0, 12));
    const liar = await hear({ ...forked, signature: random(64) });
    await see(honest.slice(0, 21));
    expect(concerns).toEqual([{ kind: 'peer-head', deviceId: liar, personId, compartmentId, code: 'tlog/signature' }]);
    expect(await here.view.forkProof()).toBeUndefined();
    await hear({ ...forked, signature: random(64) }, liar);
    const honestDevice = await hear(forked);
    await see(honest);
    expect(concerns.slice(1)).toEqual([expect.objectContaining({ kind: 'fork', deviceId: honestDevice })]);
    expect(await proven()).toMatchObject({ first: { size: 12 } });
  });

  it('are told of once for each device that makes them up, however many it carries, and its signed ones are still compared', async () => {
    const { see, carried, hear, concerns } = await scene();
    await see(honest.slice(0, 20));
    const forked = await carried(other.slice(0, 12));
    const madeUp = [forked, { ...forked, size: 13 }].map((head) => ({ ...head, signature: random(64) }));
    const liar = await hear(madeUp[0] as CarriedHead);
    for (let i = 1; i <= 6; i++) {
      await see(honest.slice(0, 20 + i));
      await hear(madeUp[i % 2] as CarriedHead, liar);
    }
    await see(honest.slice(0, 27));
    expect(concerns).toEqual([{ kind: 'peer-head', deviceId: liar, personId, compartmentId, code: 'tlog/signature' }]);
    const second = await hear(madeUp[0] as CarriedHead);
    await hear(forked, liar);
    await see(honest);
    expect(concerns.slice(1).map(({ kind, deviceId }) => [kind, deviceId])).toEqual([
      ['peer-head', second],
      ['fork', liar],
    ]);
  });

  it.each([
    ['of the log that turned, beyond its last head', 'turn', 21, honest],
    ['of the log that turned, as large as its last head and of another root', 'turn', 20, other],
  ] as const)('convict it where they are %s: no member can sign for it', async (_, reason, size, entries) => {
    const { here, leave, carried, hear, concerns } = await scene();
    await leave(honest.slice(0, 20), reason);
    const head = await carried(entries.slice(0, size));
    const deviceId = await hear(head);
    const liar = await hear({ ...head, signature: random(64) });
    expect((await here.view.asked()).questions).toBeUndefined();
    await hear(head, deviceId);
    await here.view.asked();
    expect(concerns).toEqual([
      { kind: 'fork', deviceId, personId, compartmentId, code: 'client/fork' },
      { kind: 'peer-head', deviceId: liar, personId, compartmentId, code: 'tlog/signature' },
    ]);
  });

  it.each([
    ['the last head of a log that turned', 'turn', 20],
    ['any head of a log that was abandoned', 'abandoned', 25],
  ] as const)('raise nothing where they are %s', async (_, reason, size) => {
    const { here, leave, carried, hear, concerns } = await scene();
    await leave(honest.slice(0, 20), reason);
    await hear(await carried(honest.slice(0, size)));
    expect((await here.view.asked()).questions).toBeUndefined();
    expect([here.view.peers.isDue(), concerns]).toEqual([false, []]);
  });

  it('of a log that stays unknown, or that the server does not prove to fit, are told of after three answers', async () => {
    const { see, carried, hear, concerns } = await scene();
    await see(honest.slice(0, 20));
    const head = await carried(honest.slice(0, 12));
    const stranger = await hear({ ...head, keyId: '00000000' });
    const unproven = await hear(head);
    for (const size of [21, 22]) await see(honest.slice(0, size), [[]]);
    expect(concerns).toEqual([]);
    await see(honest.slice(0, 23), [[random(32)]]);
    expect(concerns).toEqual([
      expect.objectContaining({ kind: 'peer-head', deviceId: stranger, code: 'tlog/unknown-signer' }),
      expect.objectContaining({ kind: 'head-unproven', deviceId: unproven, code: 'client/answer' }),
    ]);
  });

  it('wait for their turn: so many with a request, the newest of each device, one request a minute for them alone', async () => {
    const { here, see, carried, hear, clock } = await scene();
    await see(honest.slice(0, 20));
    const talker = device();
    for (const size of [1, 3, 2]) await hear(await carried(honest.slice(0, size)), talker);
    expect(here.view.peers.isDue()).toBe(true);
    for (let size = 4; size <= 3 + limits.maxPeerHeadsAsked; size++) await hear(await carried(honest.slice(0, size)));
    await see(honest);
    const all = Array.from({ length: limits.maxPeerHeadsAsked + 1 }, (_, i) => i + 3);
    expect(here.asked.at(-1)).toEqual(all.slice(0, -1));
    expect(here.view.peers.isDue()).toBe(false);
    clock.now += limits.peerHeadCheckMs;
    expect(here.view.peers.isDue()).toBe(true);
    await see(honest);
    expect([here.asked.at(-1), here.view.peers.isDue()]).toEqual([all.slice(-1), false]);
  });
});
