import { describe, expect, it } from '@jest/globals';
import { isRogatoryError, type PersonId } from '@rogatory/kernel';
import type { DirectoryState } from '@rogatory/pki';
import type { WorldDevice } from '@rogatory/pki/testing';
import { caseRoles, historyKinds, type LinkBody, type LinkType, linkTypes, type Member } from '@rogatory/protocol';
import fc from 'fast-check';
import { applyItem } from './apply-item.js';
import { applyLink } from './apply-link.js';
import { recipientsOf } from './boxes.js';
import { type ChainState, isEpochGranted } from './chain-state.js';
import { MemberSet } from './member-set.js';
import { rotationReasons } from './rotation.js';
import { type Cast, linkVerdict, makeCast, verdict } from './testing/cast.js';
import { strictestPolicy } from './testing/chain-world.js';

const isLong = process.env['ROGATORY_LONG'] === '1';
const histories = { seed: 20261123, numRuns: isLong ? 10_000 : 40 };

/** One random wish: any type by anybody about anybody, sensible or not. */
interface Move {
  readonly kind: 'link' | 'item' | 'revoke' | 'wait';
  readonly type: LinkType;
  readonly by: number;
  readonly about: number;
  readonly role: (typeof caseRoles)[keyof typeof caseRoles];
  readonly history: (typeof historyKinds)[keyof typeof historyKinds];
  readonly fromEpoch: number;
  readonly startsEpoch: boolean | undefined;
  readonly isBarrier: boolean;
}

const pick = <Value>(values: Readonly<Record<string, Value>>) => fc.constantFrom(...Object.values(values));
/** Types that change who is in. */
const shapers: readonly LinkType[] = [
  linkTypes.add,
  linkTypes.remove,
  linkTypes.deviceAdd,
  linkTypes.rotate,
  linkTypes.leave,
  linkTypes.role,
];
const move: fc.Arbitrary<Move> = fc.record({
  kind: fc.oneof(
    { weight: 20, arbitrary: fc.constant('link' as const) },
    { weight: 6, arbitrary: fc.constant('item' as const) },
    { weight: 1, arbitrary: fc.constant('revoke' as const) },
    { weight: 1, arbitrary: fc.constant('wait' as const) },
  ),
  type: fc.oneof({ weight: 1, arbitrary: pick(linkTypes) }, { weight: 3, arbitrary: fc.constantFrom(...shapers) }),
  // The first three are the two leads and a spare device of one.
  by: fc.oneof({ weight: 3, arbitrary: fc.nat(2) }, { weight: 2, arbitrary: fc.nat(9) }),
  about: fc.nat(9),
  role: pick(caseRoles),
  history: pick(historyKinds),
  fromEpoch: fc.integer({ min: 1, max: 4 }),
  startsEpoch: fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.boolean() }),
  isBarrier: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});

function devicesOf(cast: Cast): WorldDevice[] {
  const { lead, coLead, leadSpare, contributor, contributorSpare, reader, liaison, outsider, outsiderSpare, humble } =
    cast;
  return [lead, coLead, leadSpare, contributor, contributorSpare, reader, liaison, outsider, outsiderSpare, humble];
}

/** A body of the right form for the type, about somebody. */
function bodyOf(cast: Cast, state: ChainState, made: Move): { body: LinkBody; isBarrier: boolean } {
  const subject = devicesOf(cast)[made.about] as WorldDevice;
  const personId = subject.person.id;
  const isBarrier = made.type === linkTypes.add ? made.history !== historyKinds.all : made.isBarrier;
  switch (made.type) {
    case linkTypes.add:
      return { body: { members: [grantOf(cast, state, made)] }, isBarrier };
    case linkTypes.deviceAdd: {
      const like = state.members.person(personId);
      const leaf = cast.world.leaf(subject, made.role);
      const shared = like ? { role: like.role, history: like.history, notAfterMs: like.notAfterMs } : {};
      return { body: { members: [{ ...leaf, ...shared }] }, isBarrier: false };
    }
    case linkTypes.remove:
    case linkTypes.leave:
      return { body: { personId }, isBarrier: isBarrier && made.type === linkTypes.remove };
    case linkTypes.deviceDrop:
      return { body: { devices: [subject.id] }, isBarrier };
    case linkTypes.rotate:
      return { body: {}, isBarrier };
    case linkTypes.reseal:
      return { body: { devices: [subject.id], epochs: [made.fromEpoch] }, isBarrier: false };
    case linkTypes.role:
      return { body: { personId, role: made.role }, isBarrier: false };
    case linkTypes.policy:
      return { body: { policy: { ...strictestPolicy, minimumLeads: made.fromEpoch } }, isBarrier: false };
    default:
      return { body: {}, isBarrier: false };
  }
}

function grantOf(cast: Cast, state: ChainState, made: Move): Member {
  const subject = devicesOf(cast)[made.about] as WorldDevice;
  const fromEpoch = { 1: 1, 2: state.epoch + 1, 3: Math.min(made.fromEpoch, state.epoch) }[made.history];
  return cast.world.leaf(subject, made.role, { kind: made.history, fromEpoch });
}

interface Step {
  readonly before: ChainState;
  readonly after: ChainState;
  readonly bytes: Uint8Array;
  readonly kind: 'link' | 'item';
  readonly signer: WorldDevice;
}

/** Plays moves; what the verifier takes becomes history, what it refuses leaves no trace. */
function play(cast: Cast, moves: readonly Move[]): Step[] {
  const { world } = cast;
  const steps: Step[] = [];
  let state = cast.state;
  for (const made of moves) {
    const signer = devicesOf(cast)[made.by] as WorldDevice;
    world.federation.nowMs += 1_000;
    if (made.kind === 'wait') world.federation.nowMs += 3 * 24 * 3_600_000;
    if (made.kind === 'revoke') verdict(() => world.federation.standDevice(devicesOf(cast)[made.about] as WorldDevice));
    if (made.kind !== 'link' && made.kind !== 'item') continue;
    const before = state;
    const bytes = made.kind === 'item' ? world.item(before, { sender: signer }) : linkOf(cast, before, made, signer);
    const apply = made.kind === 'item' ? applyItem : applyLink;
    const next = accepted(() => apply(before, bytes, world.facts()));
    if (next === undefined) continue;
    state = next;
    steps.push({ before, after: next, bytes, kind: made.kind, signer });
  }
  return steps;
}

function linkOf(cast: Cast, state: ChainState, made: Move, signer: WorldDevice): Uint8Array {
  const wish = { signer, ...bodyOf(cast, state, made) };
  const startsEpoch = made.startsEpoch === undefined ? {} : { startsEpoch: made.startsEpoch };
  return cast.world.link(state, made.type, { ...wish, ...startsEpoch }).bytes;
}

/** The state after, or nothing when it is refused; every other error is a bug. */
function accepted(attempt: () => { readonly state: ChainState }): ChainState | undefined {
  try {
    return attempt().state;
  } catch (error) {
    if (isRogatoryError(error)) return undefined;
    throw error;
  }
}

const history = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.array(move, { minLength: 10, maxLength: 40 }));
interface KeptCast {
  readonly cast: Cast;
  readonly directory: DirectoryState;
  readonly nowMs: number;
}
const casts = new Map<number, KeptCast>();

/** The cast of a seed as it was at first: histories revoke devices and move the clock. */
function castOf(seed: number): Cast {
  const kept = casts.get(seed);
  if (kept) {
    const { federation } = kept.cast.world;
    federation.state = kept.directory;
    federation.nowMs = kept.nowMs;
    kept.cast.world.root = kept.cast.state;
    return kept.cast;
  }
  const cast = makeCast(seed);
  const { state, nowMs } = cast.world.federation;
  casts.set(seed, { cast, directory: state, nowMs });
  return cast;
}

function rightsOf(state: ChainState): Map<PersonId, string> {
  return new Map(
    [...state.members.persons].map(([id, { role, history: grant }]) => [id, `${role}/${grant.fromEpoch}`]),
  );
}

describe('random histories', () => {
  it('never let anybody but a lead admit a person or change a right', () => {
    let changes = 0;
    fc.assert(
      fc.property(history, ([seed, moves]) => {
        for (const { before, after, signer } of play(castOf(seed), moves)) {
          const earlier = rightsOf(before);
          for (const [personId, right] of rightsOf(after)) {
            if (earlier.get(personId) === right) continue;
            changes++;
            expect(before.members.device(signer.id)?.role).toBe(caseRoles.lead);
          }
          expect(after.epoch === before.epoch || after.epoch === before.epoch + 1).toBe(true);
        }
      }),
      histories,
    );
    expect(changes).toBeGreaterThan(10);
  });

  it('always keep a lead who stays, and departed persons out of every later epoch', () => {
    let departures = 0;
    fc.assert(
      fc.property(history, ([seed, moves]) => {
        const cast = castOf(seed);
        for (const { after, before, bytes, kind } of play(cast, moves)) {
          const staying = [...after.members.persons].filter(([id, { role }]) => role === 1 && !after.leaving.has(id));
          expect(staying.length).toBeGreaterThan(0);
          if (kind === 'item') continue;
          const applied = applyLink(before, bytes, cast.world.facts('replay'));
          for (const personId of applied.departed) {
            departures++;
            expect(after.members.person(personId)).toBeUndefined();
            expect(isEpochGranted(after, personId, after.epoch)).toBe(false);
          }
          const view = cast.world.federation.state.at(applied.signed.link.directoryHead.size);
          for (const device of recipientsOf(applied, cast.world.federation.state)) {
            expect(view.isDeviceLive(device, applied.signed.link.directoryHead.timeMs)).toBe(true);
            expect(after.members.devices.has(device)).toBe(true);
          }
        }
      }),
      histories,
    );
    expect(departures).toBeGreaterThan(10);
  });

  it('replay to the same state, from the bytes alone', () => {
    let replayed = 0;
    fc.assert(
      fc.property(history, ([seed, moves]) => {
        const cast = castOf(seed);
        const steps = play(cast, moves);
        let state = cast.state;
        const facts = cast.world.facts('replay');
        for (const { bytes, kind, after } of steps) {
          state = kind === 'item' ? applyItem(state, bytes, facts).state : applyLink(state, bytes, facts).state;
          expect(state.head).toEqual(after.head);
          expect(state.content.root).toEqual(after.content.root);
          expect(state.members.root()).toEqual(after.members.root());
          replayed++;
        }
        const rebuilt = [...state.members.devices.values()].reduce((set, leaf) => set.with(leaf), MemberSet.empty);
        expect(rebuilt.root()).toEqual(state.members.root());
        expect(rebuilt.leads).toBe(state.members.leads);
      }),
      histories,
    );
    expect(replayed).toBeGreaterThan(100);
  });

  it('take nothing twice, out of order, or with a bit flipped', () => {
    let refused = 0;
    fc.assert(
      fc.property(history, fc.nat(), ([seed, moves], noise) => {
        const cast = castOf(seed);
        const steps = play(cast, moves);
        const last = steps.at(-1)?.after ?? cast.state;
        for (const { before, bytes, kind } of steps) {
          const flipped = bytes.slice();
          const at = noise % bytes.length;
          flipped[at] = (flipped[at] as number) ^ (1 << (noise & 7));
          const judge = (state: ChainState, candidate: Uint8Array): string =>
            kind === 'item'
              ? verdict(() => applyItem(state, candidate, cast.world.facts('replay')))
              : linkVerdict(cast.world, state, candidate);
          expect(judge(last, bytes)).not.toBe('accepted');
          expect(judge(before, flipped)).not.toBe('accepted');
          refused += 2;
        }
      }),
      { ...histories, numRuns: isLong ? 2_000 : 30 },
    );
    expect(refused).toBeGreaterThan(100);
  });

  it('let nobody write under a key that an ended device holds', () => {
    let items = 0;
    fc.assert(
      fc.property(history, ([seed, moves]) => {
        const cast = castOf(seed);
        for (const { before, kind, bytes, signer } of play(cast, moves)) {
          if (kind !== 'item') continue;
          items++;
          const { signed } = applyItem(before, bytes, cast.world.facts('replay'));
          const directory = cast.world.federation.state;
          const { size, timeMs } = signed.header.directoryHead;
          expect(rotationReasons(before, { directory, view: directory.at(size), atMs: timeMs })).toEqual([]);
          expect(before.leaving.has(signer.person.id)).toBe(false);
        }
      }),
      histories,
    );
    expect(items).toBeGreaterThan(10);
  });

  it('cannot keep a lead from removing somebody', () => {
    let removals = 0;
    fc.assert(
      fc.property(history, ([seed, moves]) => {
        const cast = castOf(seed);
        const { world } = cast;
        const state = play(cast, moves).at(-1)?.after ?? cast.state;
        const nowMs = world.federation.nowMs;
        const isActing = (who: WorldDevice): boolean => {
          const leaf = state.members.device(who.id);
          const isLive = world.federation.view.isDeviceLive(who.id, nowMs);
          return leaf?.role === caseRoles.lead && !state.leaving.has(leaf.personId) && isLive;
        };
        const signer = devicesOf(cast).find(isActing);
        const target = [...state.members.persons].find(([id]) => id !== signer?.person.id)?.[0];
        if (signer === undefined || target === undefined) return;
        removals++;
        const { bytes } = world.link(state, linkTypes.remove, { signer, body: { personId: target } });
        expect(linkVerdict(world, state, bytes)).toBe('accepted');
      }),
      histories,
    );
    expect(removals).toBeGreaterThan(10);
  });
});
