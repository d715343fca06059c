import { describe, expect, it } from '@jest/globals';
import type { DeviceId } from '@rogatory/kernel';
import type { WorldDevice } from '@rogatory/pki/testing';
import {
  type CaseRole,
  caseRoles,
  historyKinds,
  type HistoryGrant,
  type LinkType,
  linkTypes,
  type Member,
  nameOf,
} from '@rogatory/protocol';
import type { ChainState } from '../chain-state.js';
import { type Cast, linkVerdict } from './cast.js';
import { about, type LinkWish } from './chain-world.js';

/** One link that is tried, with what must become of it. */
export interface LinkRow {
  readonly name: string;
  readonly type: LinkType;
  /** `accepted` or the code of the refusal. */
  readonly gives: string;
  readonly wish: (cast: Cast) => LinkWish;
  /** A later state to try it on. */
  readonly on?: (cast: Cast) => ChainState;
}

export const fromNow: HistoryGrant = { kind: historyKinds.fromNow, fromEpoch: 2 };
export const fromDate: HistoryGrant = { kind: historyKinds.fromDate, fromEpoch: 1 };

/** Leaves of a cast by the name in it; a reader unless said otherwise. */
export function leavesOf(cast: Cast): (who: keyof Cast, role?: CaseRole) => Member {
  return (who, role = caseRoles.reader) => cast.world.leaf(cast[who] as WorldDevice, role);
}

export function sorted<Value extends { readonly deviceId: DeviceId }>(values: readonly Value[]): Value[] {
  return [...values].sort((a, b) => (a.deviceId < b.deviceId ? -1 : 1));
}

export function ids(...devices: readonly WorldDevice[]): DeviceId[] {
  return devices.map(({ id }) => id).sort();
}

/** After the outsider was admitted from now on. */
export function admitted({ world, state, lead, outsider }: Cast): ChainState {
  const members = [world.leaf(outsider, caseRoles.reader, fromNow)];
  return world.push(state, linkTypes.add, { signer: lead, isBarrier: true, body: { members } }).state;
}

export function closed({ world, state, lead }: Cast): ChainState {
  return world.push(state, linkTypes.close, { signer: lead }).state;
}

/** After the lead has marked himself as leaving. */
export function leadLeft({ world, state, lead }: Cast): ChainState {
  return world.push(state, linkTypes.leave, { signer: lead, body: about(lead.person.id) }).state;
}

/** One test per row, on reception and on replay; and one that each of these types was both accepted and refused. */
export function describeRows(types: readonly LinkType[], cast: Cast, rows: readonly LinkRow[]): void {
  describe(`links of type ${types.map((type) => nameOf(linkTypes, type)).join(', ')}`, () => {
    it.each(rows.map((row) => [row.name, row] as const))('%s', (_name, { type, gives, wish, on }) => {
      const state = on?.(cast) ?? cast.state;
      expect(linkVerdict(cast.world, state, cast.world.link(state, type, wish(cast)).bytes)).toBe(gives);
    });

    it('are tried both ways', () => {
      for (const type of types) {
        const outcomes = new Set(rows.filter((row) => row.type === type).map((row) => row.gives === 'accepted'));
        // No suite above the first is built, so no change of suite can be accepted yet.
        expect([type, outcomes.size]).toEqual([type, type === linkTypes.suite ? 1 : 2]);
      }
    });
  });
}
