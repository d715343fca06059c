import type { DeviceId } from '@rogatory/kernel';
import { type ChainState, isStaying, stayingLeads } from '@rogatory/chain';
import { type CaseRole, caseRoles, type Member } from '@rogatory/protocol';
import type { CompartmentHead, MemberRow } from '../domain/compartment.js';

/** What a decision about a member rests on. */
export interface MembershipFacts {
  readonly role: CaseRole;
  readonly isClosed: boolean;
}

/**
 * Whether and as what a device takes part: a member of the compartment and of the case who is not on the way out. In a
 * compartment without a lead whoever leads the case leads it, as the chain rules have it.
 */
export function membershipIn(
  state: ChainState,
  root: ChainState,
  { device, nowMs }: { readonly device: DeviceId; readonly nowMs: number },
): MembershipFacts | undefined {
  const member = state.members.device(device);
  if (member === undefined || nowMs >= member.notAfterMs || !takesPart(state, root, member)) return undefined;
  const isClosed = state.isClosed || root.isClosed;
  const isOrphaned = !state.isRoot && stayingLeads(state) === 0;
  const leadsCase = isOrphaned && root.members.person(member.personId)?.role === caseRoles.lead;
  return { role: leadsCase ? caseRoles.lead : member.role, isClosed };
}

/** The rows of a compartment as its chain and the root chain have them. */
export function rowsOf(state: ChainState, root: ChainState): MemberRow[] {
  const members = [...state.members.devices.values()];
  return members.filter((member) => takesPart(state, root, member)).map((member) => rowOf(state, member));
}

/** The row of one device, as `rowsOf` has it; undefined for whoever takes no part. */
export function rowOfDevice(state: ChainState, root: ChainState, device: DeviceId): MemberRow | undefined {
  const member = state.members.device(device);
  return member !== undefined && takesPart(state, root, member) ? rowOf(state, member) : undefined;
}

function rowOf({ compartmentId, caseId }: ChainState, member: Member): MemberRow {
  const { deviceId, personId, authorityId, role, notAfterMs } = member;
  return { compartmentId, caseId, deviceId, personId, authorityId, role, notAfterMs };
}

function takesPart(state: ChainState, root: ChainState, { personId }: Member): boolean {
  return isStaying(state, personId) && root.members.persons.has(personId) && isStaying(root, personId);
}

/** The head row of a state. */
export function headOf(
  state: ChainState,
  kept: Pick<CompartmentHead, 'creatorDevice' | 'ownerAuthorityId' | 'createdAtMs' | 'frozenUntilMs' | 'frozenFor'>,
): CompartmentHead {
  const { compartmentId, caseId, head, epoch, isClosed, content } = state;
  const { creatorDevice, ownerAuthorityId, createdAtMs, frozenUntilMs, frozenFor } = kept;
  return {
    ...{ compartmentId, caseId, chainSeq: head.seq, linkHash: head.linkHash, epoch, isClosed },
    ...{ contentSize: content.size, contentRoot: content.root, contentFrontier: content.frontier.encode() },
    ...{ creatorDevice, ownerAuthorityId, createdAtMs, frozenUntilMs, frozenFor },
  };
}
