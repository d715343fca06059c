import type { Client, OpenCase } from '@rogatory/client';
import { caseRoles } from '@rogatory/protocol';
import type { ClientWay, World } from './world.js';

/** Admits people as contributors to everything that a case has, with all history; lead and people accept each other. */
export async function admitAll(
  world: World,
  { lead, leader, open }: { readonly lead: Client; readonly leader: string; readonly open: OpenCase },
  people: Readonly<Record<string, ClientWay>>,
): Promise<ReadonlyMap<string, Client>> {
  const admitted = new Map<string, Client>();
  const leading = world.keysOf(leader);
  for (const [profile, way] of Object.entries(people)) {
    const client = await world.client(profile, way);
    const { personId } = world.keysOf(profile);
    await client.contacts.accept(leading.personId);
    await lead.contacts.accept(personId);
    await lead.invitations.invite(open, {
      invited: { personId },
      role: caseRoles.contributor,
      history: { kind: 'all' },
      compartments: open.compartments.map(({ compartmentId }) => compartmentId),
    });
    const offer = (await client.invitations.received()).find(({ invitation }) => invitation.caseId === open.caseId);
    if (offer === undefined) throw new Error('no invitation arrived');
    await client.invitations.accept(offer);
    const answered = (await lead.invitations.ofCase(open)).find(
      ({ invitation }) => invitation.invitationId === offer.invitation.invitationId,
    );
    if (answered === undefined) throw new Error('no answer arrived');
    await lead.invitations.admit(open, answered, { personId });
    admitted.set(profile, client);
  }
  return admitted;
}
