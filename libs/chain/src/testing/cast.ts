import { isRogatoryError } from '@rogatory/kernel';
import type { WorldDevice } from '@rogatory/pki/testing';
import { type CaseRole, caseRoles, type Member, postKinds } from '@rogatory/protocol';
import { applyItem } from '../apply-item.js';
import { applyLink } from '../apply-link.js';
import type { ChainState } from '../chain-state.js';
import { ChainWorld } from './chain-world.js';

/** A case of two leads, a contributor, a reader and a liaison officer, and people who are not in it. For tests. */
export interface Cast {
  readonly world: ChainWorld;
  readonly lead: WorldDevice;
  /** Another device of the lead, certified but not in the case. */
  readonly leadSpare: WorldDevice;
  readonly coLead: WorldDevice;
  readonly contributor: WorldDevice;
  readonly contributorSpare: WorldDevice;
  readonly reader: WorldDevice;
  readonly liaison: WorldDevice;
  readonly outsider: WorldDevice;
  readonly outsiderSpare: WorldDevice;
  /** May be a reader at most. */
  readonly humble: WorldDevice;
  readonly auditor: WorldDevice;
  /** After the genesis. */
  readonly state: ChainState;
}

export function makeCast(seed = 1): Cast {
  const world = new ChainWorld(seed);
  const { federation } = world;
  const body = federation.oversightBody();
  const office = federation.authority(body);
  const someone = (): WorldDevice => federation.device(federation.person(office));
  const lead = someone();
  const contributor = someone();
  const outsider = someone();
  const cast = {
    world,
    lead,
    leadSpare: federation.device(lead.person, lead),
    coLead: someone(),
    contributor,
    contributorSpare: federation.device(contributor.person, contributor),
    reader: someone(),
    liaison: someone(),
    outsider,
    outsiderSpare: federation.device(outsider.person, outsider),
    humble: federation.device(federation.person(office, { roles: [caseRoles.reader] })),
    auditor: federation.device(federation.person(body, { postKind: postKinds.auditor })),
  };
  const state = world.apply(undefined, world.genesis(cast.lead, firstMembers(cast)).bytes).state;
  return { ...cast, state };
}

export function firstMembers(cast: Omit<Cast, 'state'>): Member[] {
  const { world, lead, coLead, contributor, reader, liaison } = cast;
  const roles: readonly [WorldDevice, CaseRole][] = [
    [lead, caseRoles.lead],
    [coLead, caseRoles.lead],
    [contributor, caseRoles.contributor],
    [reader, caseRoles.reader],
    [liaison, caseRoles.liaison],
  ];
  return roles.map(([device, role]) => world.leaf(device, role));
}

/** The code of the refusal, or `accepted`. Errors of other kinds are bugs and pass through. */
export function verdict(attempt: () => unknown): string {
  try {
    attempt();
    return 'accepted';
  } catch (error) {
    if (isRogatoryError(error)) return error.code;
    throw error;
  }
}

/** What server and author say on receiving a link, and what a later replay says; they must not differ. */
export function linkVerdict(world: ChainWorld, state: ChainState | undefined, bytes: Uint8Array): string {
  const received = verdict(() => applyLink(state, bytes, world.facts('reception')));
  const replayed = verdict(() => applyLink(state, bytes, world.facts('replay')));
  return received === replayed ? received : `received: ${received}, replayed: ${replayed}`;
}

export function itemVerdict(world: ChainWorld, state: ChainState, bytes: Uint8Array): string {
  const received = verdict(() => applyItem(state, bytes, world.facts('reception')));
  const replayed = verdict(() => applyItem(state, bytes, world.facts('replay')));
  return received === replayed ? received : `received: ${received}, replayed: ${replayed}`;
}
