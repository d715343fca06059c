import { describe, expect, it } from '@jest/globals';
import { isRogatoryError, type PersonId } from '@rogatory/kernel';
import { applyItem, applyLink, type ChainState, isEpochGranted, linkHash } from '@rogatory/chain';
import { caseRoles, currentSuite, type Link, linkTypes } from '@rogatory/protocol';
import fc from 'fast-check';
import { composeRole } from '../compose/governance.js';
import { composeAdd, composeRemove } from '../compose/membership.js';
import { composeRotate } from '../compose/renewal.js';
import type { ComposedLink } from '../compose/scene.js';
import { resigned } from '../testing/adversary.js';
import type { CaseDevice } from '../testing/case-device.js';
import { histories, History, pick } from '../testing/history.js';
import { propertyTimeoutMs, runs } from '../testing/runs.js';

/** How a link differs from an honest one, beside who signs it. */
const twists: readonly ((link: Link) => Partial<Link>)[] = [
  () => ({}),
  (link) => ({ isBarrier: !link.isBarrier }),
  (link) => ({ epoch: link.epoch + 1 }),
  (link) => ({ seq: link.seq + 1 }),
  (link) => ({ baseEpoch: link.baseEpoch + 1 }),
  (link) => ({ memberRoot: link.boxRoot }),
  (link) => ({ previousLinkHash: link.memberRoot }),
  (link) => ({ logHead: { ...link.logHead, size: link.logHead.size + 1 } }),
  (link) => ({ archive: link.archive.length === 0 ? new Uint8Array(104) : new Uint8Array(0) }),
  () => ({ type: linkTypes.policy }),
  (link) => ({ body: { ...link.body, suite: currentSuite } }),
];

function honestLinks(history: History, lead: CaseDevice, number: number): ComposedLink[] {
  const scene = lead.scene(history.id);
  const members = history.world.persons.slice(1).filter(({ id }) => history.state.members.persons.has(id));
  const links = [composeRotate(scene)];
  const outsider = history.world.persons.find(({ id }) => !history.state.members.persons.has(id));
  if (outsider !== undefined) {
    const choice = {
      role: caseRoles.contributor,
      history: { kind: 'from-now' },
      notAfterMs: scene.time.timeMs + 1e9,
    } as const;
    links.push(...attempt(() => composeAdd(scene, { personId: outsider.id, ...choice })));
  }
  if (members.length > 0) {
    const { id } = pick(members, number);
    links.push(...attempt(() => composeRemove(scene, id)), ...attempt(() => composeRole(scene, id, caseRoles.lead)));
  }
  return links;
}

function attempt<Value>(run: () => Value): Value[] {
  try {
    return [run()];
  } catch (error) {
    if (isRogatoryError(error)) return [];
    throw error;
  }
}

/** What anybody may do after a link, as plain data. */
function rightsOf(state: ChainState): Map<PersonId, string> {
  return new Map([...state.members.persons].map(([id, { role, notAfterMs }]) => [id, `${role}/${notAfterMs}`]));
}

function grantedBefore(state: ChainState, upTo: number): Map<PersonId, string> {
  const epochs = Array.from({ length: upTo }, (_, i) => i + 1);
  return new Map(
    [...state.grants].map(([id]) => [id, epochs.filter((epoch) => isEpochGranted(state, id, epoch)).join()]),
  );
}

/** Nobody gained a role, a longer stay, or an epoch of the past; nobody new is in. */
function expectNoRightRaised(before: ChainState, after: ChainState): void {
  const earlier = rightsOf(before);
  for (const [person, rights] of rightsOf(after)) expect(earlier.get(person)).toBe(rights);
  const past = grantedBefore(before, before.epoch);
  for (const [person, epochs] of grantedBefore(after, before.epoch)) {
    const had = past.get(person) ?? '';
    for (const epoch of epochs.split(',')) expect(had.split(',')).toContain(epoch);
  }
}

/** Replays everything from the bytes alone, as a fresh client or verifier does. */
function replay(history: History): ChainState {
  let state: ChainState | undefined;
  const { state: directory } = history.world.federation;
  const { complaint } = history.world.server;
  for (const entry of history.world.server.log(history.id)) {
    const before: ChainState | undefined = state;
    if (entry.kind === 'link') {
      const applied = applyLink(state, entry.bytes, { directory, complaint });
      state = applied.state;
      const signer = before?.members.device(applied.signed.link.signerDevice);
      if (before !== undefined && signer?.role !== caseRoles.lead) expectNoRightRaised(before, state);
    } else {
      if (state === undefined) throw new RangeError('an item before the genesis');
      state = applyItem(state, entry.bytes, { directory }).state;
    }
  }
  if (state === undefined) throw new RangeError('an empty log');
  return state;
}

function verdict(run: () => unknown): 'accepted' | 'refused' {
  return attempt(run).length === 1 ? 'accepted' : 'refused';
}

describe('property 2: one verdict', () => {
  it(
    'server, client and fresh replay agree on every link, and no non-lead raises a right',
    () => {
      const forgery = fc.record({ signer: fc.nat({ max: 99 }), base: fc.nat({ max: 99 }), twist: fc.nat({ max: 99 }) });
      const plans = fc.record({
        history: histories(10),
        forgeries: fc.array(forgery, { minLength: 4, maxLength: 10 }),
      });
      const seen = { accepted: 0, refused: 0 };
      fc.assert(
        fc.property(plans, ({ history: { seed, commands }, forgeries }) => {
          const history = new History(seed);
          for (const command of commands) history.play(command);
          const client = replay(history);
          expect(client.head).toEqual(history.state.head);
          expect(client.content.root).toEqual(history.state.content.root);
          expect(rightsOf(client)).toEqual(rightsOf(history.state));
          history.world.tick(1);
          const links = honestLinks(history, pick(history.leads(), seed), seed);
          const signers = [...history.world.devices.values()];
          const { state: directory } = history.world.federation;
          for (const { signer, base, twist } of forgeries) {
            const device = pick(signers, signer);
            const { link } = pick(links, base).signed;
            const bent = { ...link, signerDevice: device.id, ...pick(twists, twist)(link) };
            const { linkBytes, signed } = resigned(device.scene(history.id), bent);
            const byServer = verdict(() =>
              applyLink(history.state, linkBytes, {
                directory,
                reception: { receivedAtMs: history.world.federation.nowMs },
              }),
            );
            expect(verdict(() => applyLink(client, linkBytes, { directory }))).toBe(byServer);
            seen[byServer] += 1;
            if (byServer === 'refused') continue;
            const role = history.state.members.device(device.id)?.role;
            const after = applyLink(client, linkBytes, { directory });
            expect(after.linkHash).toEqual(linkHash(signed.signedBytes));
            if (role !== caseRoles.lead) expectNoRightRaised(client, after.state);
          }
        }),
        { seed: 2, numRuns: runs(60) },
      );
      // Both verdicts occurred, or the property would have shown nothing.
      expect(seen.accepted).toBeGreaterThan(0);
      expect(seen.refused).toBeGreaterThan(seen.accepted);
    },
    propertyTimeoutMs,
  );
});
