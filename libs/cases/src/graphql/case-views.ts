import { caseRoles, nameOf } from '@rogatory/protocol';
import type { AppendOutcome } from '../application/append-links.js';
import type { Stranger } from '../application/memberships.js';
import type { CaseOfMember } from '../application/read-cases.js';
import type { CompartmentOfMember } from '../domain/compartment.js';
import type { InvitationEntry as StoredInvitation } from '../domain/invitation-row.js';
import type { Case, Compartment, InvitationEntry, LinksAppended, StaleHead } from './case.types.js';

/** What a member sees of a compartment; field by field. */
export function compartmentView({ head, member }: CompartmentOfMember): Compartment {
  const { compartmentId, chainSeq, linkHash, epoch, contentSize, contentRoot } = head;
  return { compartmentId, chainSeq, linkHash, epoch, contentSize, contentRoot, role: nameOf(caseRoles, member.role) };
}

export function caseView(found: CaseOfMember, strangers: readonly Stranger[] = []): Case {
  const { caseId, isClosed, createdAtMs, compartments } = found;
  const told = strangers.map(({ compartmentId, deviceId }) => ({ compartmentId, deviceId }));
  return { caseId, isClosed, createdAtMs, compartments: compartments.map(compartmentView), strangers: told };
}

export function appendView(outcome: AppendOutcome): LinksAppended | StaleHead {
  if (outcome.kind === 'stale') return staleView(outcome.head);
  return { heads: outcome.heads.map(compartmentView), receivedAtMs: outcome.receivedAtMs };
}

export function staleView({ compartmentId, chainSeq, linkHash }: StaleHead): StaleHead {
  return { compartmentId, chainSeq, linkHash };
}

export function invitationView({ invitation, acceptances }: StoredInvitation): InvitationEntry {
  const { bytes, isRevoked, usesLeft } = invitation;
  return { invitation: bytes, acceptances, isRevoked, usesLeft };
}
