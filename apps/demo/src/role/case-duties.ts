import { type Invitations, operations, rootOf } from '@rogatory/client';
import type { HistoryChoice } from '@rogatory/e2ee';
import type { CaseId, CompartmentId, PersonId } from '@rogatory/kernel';
import { type CaseRoleName, caseRoles } from '@rogatory/protocol';
import { type Actor, caseOf } from './actor.js';

export interface InCase {
  readonly caseId: CaseId;
}

/** What members and leads of cases are asked to do. */
export const caseDuties = {
  async login(actor: Actor, _input: object) {
    const { personId, deviceId, authorityId } = actor.keys;
    const { state } = await actor.client.login();
    return { personId, deviceId, authorityId, state };
  },

  /** The words of a person as this device computes them from the directory that it verified. */
  async fingerprint({ client }: Actor, { personId }: { readonly personId: PersonId }) {
    const { fingerprint, status } = client.contacts.contact(personId);
    return { words: fingerprint.words.join(' '), status: status.kind };
  },

  async confirm({ client }: Actor, { personId, words }: { readonly personId: PersonId; readonly words: string }) {
    await client.contacts.confirmCompared(personId, words);
    return { status: client.contacts.contact(personId).status.kind };
  },

  async createCase(actor: Actor, draft: { readonly title: string; readonly compartments: readonly string[] }) {
    const open = await actor.client.cases.create(draft);
    const further = open.compartments.slice(1).map((compartment) => ({
      compartmentId: compartment.compartmentId,
      title: actor.client.cases.info(compartment)?.title ?? '',
    }));
    return { caseId: open.caseId, root: rootOf(open.caseId), further };
  },

  async openCase(actor: Actor, { caseId }: InCase) {
    const open = await caseOf(actor, caseId);
    const title = actor.client.cases.info(open.root)?.title ?? null;
    const compartments = open.compartments.map(({ compartmentId, replica }) => ({
      compartmentId,
      size: replica.size,
      members: replica.state.members.persons.size,
    }));
    return { title, compartments, words: actor.client.cases.fingerprint(caseId).words.join(' ') };
  },

  async listCases({ client }: Actor, _input: object) {
    return (await client.cases.list()).map(({ caseId }) => caseId);
  },

  async invite(
    actor: Actor,
    input: InCase & {
      readonly personId: PersonId;
      readonly role: CaseRoleName;
      readonly history: HistoryChoice;
      readonly compartments: readonly CompartmentId[];
    },
  ) {
    const open = await caseOf(actor, input.caseId);
    const { personId, history, compartments } = input;
    const draft = { invited: { personId }, role: caseRoles[input.role], history, compartments };
    const { invitationId, notAfterMs } = await actor.client.invitations.invite(open, draft);
    return { invitationId, notAfterMs };
  },

  async accept({ client }: Actor, { caseId }: InCase) {
    const offers = await client.invitations.received();
    const offer = newest(offers.filter(({ invitation, isRevoked }) => invitation.caseId === caseId && !isRevoked));
    await client.invitations.accept(offer);
    return { invitationId: offer.invitation.invitationId };
  },

  async admit(actor: Actor, { caseId, personId }: InCase & { readonly personId: PersonId }) {
    const open = await caseOf(actor, caseId);
    const { invitations } = actor.client;
    const offers = await invitations.ofCase(open);
    const isAnswered = (offer: Offer) => invitations.acceptancesOf(offer).some((said) => said.personId === personId);
    const links = await invitations.admit(open, newest(offers.filter(isAnswered)), { personId });
    return { links: links.length };
  },

  /** Times are of this process: when the signed removal left it, and when the server's answer was here. */
  async remove(actor: Actor, { caseId, personId }: InCase & { readonly personId: PersonId }) {
    const open = await caseOf(actor, caseId);
    const links = await actor.client.cases.remove(open, personId);
    const exchange = actor.transport.exchange(operations.appendLinksOperation.name);
    if (exchange === undefined) throw new Error('the removal never left');
    return { links: links.length, ...exchange };
  },
};

type Offer = Awaited<ReturnType<Invitations['received']>>[number];

function newest(offers: readonly Offer[]): Offer {
  const [first] = [...offers].sort((a, b) => b.invitation.time.timeMs - a.invitation.time.timeMs);
  if (first === undefined) throw new Error('there is no such invitation');
  return first;
}
