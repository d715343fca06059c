import type { OpenCase, ReceivedInvitation } from '@rogatory/client';
import type { PersonId } from '@rogatory/kernel';
import { caseRoles, type PostKind, postKinds } from '@rogatory/protocol';
import type { SignedIn } from '../device/signed-in.js';
import { shown } from '../parts/shown.js';

/** Somebody of the directory who may be invited. */
export interface Invitable {
  readonly personId: string;
  /** Name, post and state in one line. */
  readonly line: string;
  /** How this device knows the person's devices, by decisions of its user. */
  readonly contact: 'unknown' | 'trusted' | 'extended' | 'changed';
  /** What both read out to each other. */
  readonly words: string;
}

const workers: readonly PostKind[] = [postKinds.prosecutor, postKinds.judge, postKinds.liaisonOfficer];

/** Whether this person leads the case. */
export function isLead({ identity }: SignedIn, open: OpenCase): boolean {
  const own = [...open.root.state.members.persons].find(([personId]) => personId === identity.personId);
  return own?.[1].role === caseRoles.lead;
}

/** Everybody who works on cases and is not in this one. */
export function invitableOf(signedIn: SignedIn, open: OpenCase): readonly Invitable[] {
  const { directory, contacts } = signedIn.client;
  const members = new Set([...open.root.state.members.persons].map(([personId]) => personId));
  const invitable = directory.persons().filter(({ personId, certificate }) => {
    return workers.includes(certificate.postKind) && !members.has(personId);
  });
  return invitable.map(({ personId }) => {
    const { status, fingerprint } = contacts.contact(personId);
    return { personId, line: lineOf(signedIn, personId), contact: status.kind, words: fingerprint.words.join(' ') };
  });
}

/** Offers of a case whose person accepted and is not in yet. */
export async function readAnswered(signedIn: SignedIn, open: OpenCase) {
  const { invitations } = signedIn.client;
  const offers = await invitations.ofCase(open);
  const members = new Set([...open.root.state.members.persons].map(([personId]) => personId));
  return offers.flatMap((offer) =>
    invitations
      .acceptancesOf(offer)
      .filter(({ personId }) => !members.has(personId) && !offer.isRevoked)
      .map(({ personId }) => ({ offer, personId, line: lineOf(signedIn, personId) })),
  );
}

/** Offers to this person that wait for an answer, by the name of whose device signed each. */
export async function readReceived(signedIn: SignedIn) {
  const { client, identity } = signedIn;
  const offers = await client.invitations.received();
  const isOpen = (offer: ReceivedInvitation): boolean => {
    const answers = client.invitations.acceptancesOf(offer);
    return !offer.isRevoked && offer.usesLeft > 0 && !answers.some(({ personId }) => personId === identity.personId);
  };
  return offers.filter(isOpen).map((offer) => {
    const sponsor = client.directory.view.device(offer.signed.invitation.sponsorDevice);
    return { offer, line: sponsor === undefined ? '' : lineOf(signedIn, sponsor.personId) };
  });
}

function lineOf({ client }: SignedIn, personId: PersonId): string {
  const card = client.directory.cardOf(personId);
  const person = client.directory.view.person(personId);
  const state = person && client.directory.view.authority(person.authorityId)?.record.state;
  return shown(`${card?.personName ?? personId.slice(0, 8)}, ${card?.postName ?? ''} (${state ?? ''})`, 180);
}
