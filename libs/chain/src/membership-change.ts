import { assertUnreachable, type PersonId } from '@rogatory/kernel';
import { type ChainHead, type Link, linkTypes, type Member } from '@rogatory/protocol';
import type { ChainState } from './chain-state.js';
import { MemberSet } from './member-set.js';

/** The part of a link that decides who is in after it; an author has it before the roots and keys are made. */
export type MembershipDraft = Pick<Link, 'type' | 'body' | 'epoch' | 'rootHead'>;

/** Who is in after a link, and what became of those who are not. */
export interface MembershipChange {
  readonly members: MemberSet;
  readonly leaving: ReadonlySet<PersonId>;
  readonly lagging: ReadonlySet<PersonId>;
  /** Leaves that were not there before. */
  readonly added: readonly Member[];
  /** Persons who are members no more. */
  readonly departed: readonly PersonId[];
}

const NOBODY: ReadonlySet<PersonId> = new Set();

/**
 * Who is in after a link: the one computation of author and verifier. It decides nothing: whether the link is allowed is
 * up to `applyLink`. Every link that begins an epoch also completes the departures that wait for it: persons who left,
 * and in a compartment persons who were removed from the root chain, lose their leaves and get no key.
 */
export function membershipAfter(
  state: ChainState | undefined,
  draft: MembershipDraft,
  root?: ChainState,
): MembershipChange {
  const added = addedLeaves(draft);
  if (state === undefined) {
    const members = added.reduce<MemberSet>((set, leaf) => set.with(leaf), MemberSet.empty);
    return { members, leaving: NOBODY, lagging: NOBODY, added, departed: [] };
  }
  const lagging = laggingAt(state, draft.rootHead, root);
  const startsEpoch = draft.epoch !== state.epoch;
  const waiting = new Set([...state.leaving, ...lagging]);
  const before = startsEpoch ? without(state.members, waiting) : state.members;
  const members = changed(before, draft, added);
  return {
    members,
    leaving: startsEpoch ? NOBODY : leavingAfter(state, draft),
    lagging: startsEpoch ? NOBODY : lagging,
    added,
    departed: departedOf(state, draft, startsEpoch ? waiting : NOBODY).filter((id) => !members.persons.has(id)),
  };
}

/**
 * SPEC: chains 4.3 — members of a compartment who were removed from the root chain up to a head of it. Whoever was once
 * removed stays lagging until an epoch begins here, also when the root chain admitted them again.
 */
export function laggingAt(state: ChainState, rootHead: ChainHead, root: ChainState | undefined): ReadonlySet<PersonId> {
  if (state.isRoot || root === undefined || rootHead.seq <= state.rootHead.seq) return state.lagging;
  let lagging: Set<PersonId> | undefined;
  for (let seq = state.rootHead.seq + 1; seq <= rootHead.seq; seq++) {
    for (const personId of root.links.at(seq)?.departed ?? []) {
      if (!state.members.persons.has(personId)) continue;
      lagging ??= new Set(state.lagging);
      lagging.add(personId);
    }
  }
  return lagging ?? state.lagging;
}

function addedLeaves({ type, body }: MembershipDraft): readonly Member[] {
  const admits = type === linkTypes.genesis || type === linkTypes.add || type === linkTypes.deviceAdd;
  return admits ? (body.members ?? []) : [];
}

function changed(before: MemberSet, { type, body }: MembershipDraft, added: readonly Member[]): MemberSet {
  switch (type) {
    case linkTypes.add:
    case linkTypes.deviceAdd:
      return added.reduce<MemberSet>((set, leaf) => set.with(leaf), before);
    case linkTypes.remove:
      return body.personId === undefined ? before : before.withoutPerson(body.personId);
    case linkTypes.deviceDrop:
      return (body.devices ?? []).reduce<MemberSet>((set, id) => set.withoutDevice(id), before);
    case linkTypes.role:
      return body.personId === undefined || body.role === undefined
        ? before
        : before.withRole(body.personId, body.role);
    case linkTypes.genesis:
    case linkTypes.leave:
    case linkTypes.rotate:
    case linkTypes.reseal:
    case linkTypes.policy:
    case linkTypes.suite:
    case linkTypes.disclose:
    case linkTypes.close:
    case linkTypes.reopen:
    case linkTypes.compartment:
      return before;
    default:
      return assertUnreachable(type);
  }
}

function without(members: MemberSet, persons: ReadonlySet<PersonId>): MemberSet {
  return [...persons].reduce<MemberSet>((set, id) => set.withoutPerson(id), members);
}

function leavingAfter(state: ChainState, { type, body }: MembershipDraft): ReadonlySet<PersonId> {
  if (type !== linkTypes.leave || body.personId === undefined) return state.leaving;
  return new Set([...state.leaving, body.personId]);
}

function departedOf(state: ChainState, { type, body }: MembershipDraft, waiting: ReadonlySet<PersonId>): PersonId[] {
  const persons = new Set(waiting);
  if (type === linkTypes.remove && body.personId !== undefined) persons.add(body.personId);
  for (const device of type === linkTypes.deviceDrop ? (body.devices ?? []) : []) {
    const personId = state.members.device(device)?.personId;
    if (personId !== undefined) persons.add(personId);
  }
  return [...persons].filter((id) => state.members.persons.has(id));
}
