import { describe, expect, it } from '@jest/globals';
import { type Clock, fromBase64, limits, parseUtf8, toBase64 } from '@rogatory/kernel';
import { epochHeadsDigest } from '@rogatory/crypto/verify';
import { epochSubjectKinds } from '@rogatory/protocol';
import type { Client } from '../client.js';
import { decodeDeviceMemory, encodeDeviceMemory, freshMemory } from '../state/device-memory.js';
import type { ToldEpoch } from '../testing/memory-anchors.js';
import { twoInOneCase } from '../testing/two-in-one-case.js';
import { rootOf } from './open-case.js';

const HOUR_MS = 3_600_000;
const asked = (calls: readonly string[]): number => calls.filter((name) => name === 'CompartmentAnchor').length;

/** A case with history, a device of Bob's that never opened it, and three hours gone since. */
async function anchored() {
  const scene = await twoInOneCase();
  const { world, bob, annClient, bobClient, open, theirs } = scene;
  const laptop = world.deviceOf(bob.person, world.federation.device(bob.person, bob.device));
  await (await laptop.open()).login();
  await bobClient.directory.sync();
  await bobClient.members.addDevice(theirs, laptop.device.id);
  await annClient.cases.open(open.caseId);
  const id = rootOf(open.caseId);
  const early = pagesOf((from) => world.server.cases.contentLog(id, from));
  const before = world.server.cases.state(id);
  await annClient.cases.describe(open, id, { title: 'Harbour', description: 'later' });
  await annClient.cases.rotate(open, id);
  await annClient.cases.describe(open, id, { title: 'Harbour', description: 'last' });
  world.federation.nowMs += 3 * HOUR_MS;
  const fresh = async (clock?: Clock): Promise<Client> => {
    const client = await laptop.open(undefined, clock === undefined ? {} : { clock });
    await client.login();
    return client;
  };
  const told = new Set(world.server.cases.log(id).map(({ bytes }) => toBase64(bytes)));
  /** The server shows the case as it was. */
  const truncate = (): void => {
    world.server.tamper = (name, data) => {
      const page = data['contentLog'] as { events: { position: number; bytes: string }[] } | undefined;
      const [first] = page?.events ?? [];
      if (name !== 'ContentLog' || (first !== undefined && !told.has(first.bytes))) return data;
      return { contentLog: first === undefined ? early.at(-1) : (early[first.position] ?? early.at(-1)) };
    };
  };
  return { ...scene, id, before, fresh, truncate };
}

/** What a server answers from each position on. */
function pagesOf<Page extends { readonly size: number }>(page: (from: number) => Page): readonly Page[] {
  return Array.from({ length: page(0).size + 1 }, (_, from) => page(from));
}

const lies: readonly (readonly [string, string, (told: ToldEpoch) => ToldEpoch | undefined])[] = [
  ['no epoch', 'client/anchor-missing', () => undefined],
  ['an old epoch', 'client/anchor-missing', (told) => ({ ...told, epochMs: told.epochMs - limits.maxAnchorAgeMs - 1 })],
  ['an epoch to come', 'client/anchor', (told) => ({ ...told, epochMs: told.epochMs + HOUR_MS })],
  [
    'the epoch of another log',
    'client/anchor-missing',
    (told) => ({ ...told, origin: 'rogatory.test/audit/log/2026h1' }),
  ],
  [
    'one more link',
    'client/anchor',
    ({ entry, ...told }) => ({ ...told, entry: { ...entry, count: entry.count + 1 } }),
  ],
  [
    'one more item',
    'client/anchor',
    ({ entry, ...told }) => ({ ...told, entry: { ...entry, lastIndex: entry.lastIndex + 1 } }),
  ],
  [
    'other heads',
    'client/anchor',
    ({ entry, ...told }) => ({
      ...told,
      entry: { ...entry, digest: epochHeadsDigest(new Uint8Array(32), new Uint8Array(32)) },
    }),
  ],
  [
    'another compartment',
    'tlog/position',
    ({ entry, ...told }) => {
      const compartmentId = 'ee'.repeat(32) as ReturnType<typeof rootOf>;
      return { ...told, entry: { ...entry, subject: { kind: epochSubjectKinds.compartment, compartmentId } } };
    },
  ],
];

describe('what the epochs of the audit log say of a compartment', () => {
  it('lets a fresh device in where its replay is the same, or goes on from there', async () => {
    const { world, open, before, fresh } = await anchored();
    world.server.epoch = (told) => told;
    const client = await fresh();
    const opened = await client.cases.open(open.caseId);
    expect(asked(world.server.calls)).toBe(opened.compartments.length);
    expect(client.alarms.list()).toEqual([]);
    await client.cases.open(open.caseId);
    expect(asked(world.server.calls)).toBe(opened.compartments.length);
    expect(before.content.size).toBeLessThan(opened.root.state.content.size);
  });

  it('is not asked for of what began lately', async () => {
    const { world, annClient, open } = await twoInOneCase();
    world.federation.nowMs += limits.maxAnchorAgeMs - 1_000;
    await annClient.cases.open(open.caseId);
    expect(asked(world.server.calls)).toBe(0);
    world.federation.nowMs += 1_000;
    await annClient.cases.open(open.caseId);
    expect(asked(world.server.calls)).toBe(open.compartments.length);
  });

  it('S03: ends the work of a fresh device that is shown the links and items of an earlier day', async () => {
    const { world, open, id, fresh, truncate } = await anchored();
    truncate();
    const client = await fresh();
    await expect(client.cases.open(open.caseId)).rejects.toMatchObject({ code: 'client/anchor' });
    expect(client.alarms.list()).toMatchObject([{ kind: 'history-refused', compartmentId: id, code: 'client/anchor' }]);
    const kept: unknown = JSON.parse(parseUtf8((await client.anchors.refused()) ?? new Uint8Array(0)));
    expect(kept).toMatchObject({ compartmentId: id, shown: { siblings: expect.any(Array) } });
    world.server.tamper = (_, data) => data;
    await (await fresh()).cases.open(open.caseId);
  });

  it('S03: refuses every epoch that is another than that of this case, and none', async () => {
    const { world, open, fresh } = await anchored();
    for (const [name, code, lie] of lies) {
      world.server.epoch = lie;
      const client = await fresh();
      const error: unknown = await client.cases.open(open.caseId).catch((caught: unknown) => caught);
      expect([name, Reflect.get(error as object, 'code')]).toEqual([name, code]);
      const refused = [{ kind: 'history-refused', code }];
      expect(client.concerns).toMatchObject(refused);
    }
    world.server.epoch = (told) => told;
    await (await fresh()).cases.open(open.caseId);
  });

  it('S03: calls it the clock, and nobody a liar, where this device set its own clock back', async () => {
    const { world, open, fresh } = await anchored();
    let setBackMs = 0;
    const { federation } = world;
    const client = await fresh({ nowMs: () => federation.nowMs - setBackMs, monotonicMs: () => federation.nowMs });
    world.server.epoch = (told) => told;
    setBackMs = HOUR_MS;
    await expect(client.cases.open(open.caseId)).rejects.toMatchObject({ code: 'client/clock' });
    const kinds = client.alarms.list().map(({ kind }) => kind);
    expect(kinds).not.toContain('history-refused');
    // Set right again, it believes what it is shown; and a server that lies then is not excused by what was.
    setBackMs = 0;
    await client.cases.open(open.caseId);
    world.server.epoch = (told) => ({ ...told, epochMs: told.epochMs + HOUR_MS });
    federation.nowMs += limits.anchorCheckMs;
    await expect(client.cases.open(open.caseId)).rejects.toMatchObject({ code: 'client/anchor' });
  });

  it('S03: refuses an answer of which any part was changed', async () => {
    const { world, open, fresh } = await anchored();
    const flip = (text: string): string => {
      const bytes = fromBase64(text);
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      return toBase64(bytes);
    };
    for (const part of ['leaf', 'whatOpening', 'what', 'opening', 'entry', 'proof'] as const) {
      world.server.tamper = (name, data) => {
        if (name !== 'CompartmentAnchor') return data;
        const [told = {}] = data['compartmentAnchor'] as Record<string, string>[];
        const text = told[part] ?? '';
        const changed =
          part === 'proof' ? text.replace(/\n([A-Za-z0-9+/]{43}=)\n/, `\n${'A'.repeat(43)}=\n`) : flip(text);
        return { compartmentAnchor: [{ ...told, [part]: changed }] };
      };
      await expect((await fresh()).cases.open(open.caseId)).rejects.toMatchObject({ family: 'verification' });
    }
  });

  it('must not be behind what a device had seen before the epoch', async () => {
    const { world, annClient, open, id } = await anchored();
    await annClient.cases.open(open.caseId);
    const old = world.server.cases.state(id);
    await annClient.cases.describe(open, id, { title: 'Harbour', description: 'unloved' });
    world.federation.nowMs += limits.anchorCheckMs;
    await annClient.cases.open(open.caseId);
    world.federation.nowMs += limits.anchorCheckMs;
    const ofOld = { count: old.head.seq + 1, lastIndex: old.content.size - 1 };
    const digest = epochHeadsDigest(old.head.linkHash, old.content.root);
    const isRoot = ({ entry: { subject } }: ToldEpoch): boolean =>
      subject.kind === epochSubjectKinds.compartment && subject.compartmentId === id;
    world.server.epoch = (told) => (isRoot(told) ? { ...told, entry: { ...told.entry, ...ofOld, digest } } : told);
    await expect(annClient.cases.open(open.caseId)).rejects.toMatchObject({ code: 'client/anchor' });
    expect(annClient.alarms.list()).toMatchObject([{ kind: 'history-refused', code: 'client/anchor' }]);
  });

  it('may be out of reach for a day where the device had looked before, and not where it never had', async () => {
    const { world, annClient, open, fresh } = await anchored();
    await annClient.cases.open(open.caseId);
    world.server.breakRequest = (name) => name === 'CompartmentAnchor';
    await expect((await fresh()).cases.open(open.caseId)).rejects.toMatchObject({ family: 'unavailable' });
    world.federation.nowMs += limits.anchorCheckMs;
    await annClient.cases.open(open.caseId);
    world.federation.nowMs += limits.maxUnanchoredMs - limits.anchorCheckMs;
    await expect(annClient.cases.open(open.caseId)).rejects.toMatchObject({ family: 'unavailable' });
    world.server.breakRequest = () => false;
    await annClient.cases.open(open.caseId);
  });

  it('is remembered over restarts, and a memory from before it is read', () => {
    const memory = freshMemory('d1'.repeat(16) as Parameters<typeof freshMemory>[0]);
    const id = 'c1'.repeat(32) as ReturnType<typeof rootOf>;
    const anchors = new Map([[id, { atMs: 1_795_424_400_000, size: 7 }]]);
    const bytes = encodeDeviceMemory({ ...memory, anchors });
    expect(decodeDeviceMemory(bytes).anchors).toEqual(anchors);
    const earlier = encodeDeviceMemory(memory).slice(0, -4);
    expect(decodeDeviceMemory(earlier).anchors).toEqual(new Map());
  });
});
