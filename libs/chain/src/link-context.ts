import type { PersonId } from '@rogatory/kernel';
import { caseRoles, type Link, type Member } from '@rogatory/protocol';
import type { ChainState, LinkRecord } from './chain-state.js';
import type { DirectoryLookup } from './directory-lookup.js';
import type { LinkFacts } from './facts.js';
import type { MembershipChange } from './membership-change.js';

/** One link under examination, with everything that its rules look at. */
export interface LinkContext {
  readonly state: ChainState;
  readonly link: Link;
  readonly facts: LinkFacts;
  /** The directory at the link's dirHead; `atMs` is that head's time. */
  readonly view: DirectoryLookup;
  readonly atMs: number;
  readonly signer: Member;
  readonly isLead: boolean;
  /** In a compartment: the root chain's link that is cited as rootHead. */
  readonly rootRecord: LinkRecord | undefined;
  readonly change: MembershipChange;
}

/** Whether a person still is a full member: neither leaving nor removed from the root chain. */
export function isStaying({ leaving, lagging }: Pick<ChainState, 'leaving' | 'lagging'>, personId: PersonId): boolean {
  return !leaving.has(personId) && !lagging.has(personId);
}

/** Leads who stay: those that keep a compartment governed. */
export function stayingLeads(state: Pick<ChainState, 'members' | 'leaving' | 'lagging'>): number {
  const going = new Set([...state.leaving, ...state.lagging]);
  const goingLeads = [...going].filter((id) => state.members.person(id)?.role === caseRoles.lead);
  return state.members.leads - goingLeads.length;
}
