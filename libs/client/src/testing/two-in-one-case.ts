import { caseRoles } from '@rogatory/protocol';
import { ClientWorld } from './client-world.js';

/** Ann leads a case with one further compartment; Bob was admitted as a contributor to both, with all history. */
export async function twoInOneCase() {
  const world = new ClientWorld();
  const ann = world.actor('AA');
  const bob = world.actor('BB');
  const annClient = await ann.open();
  const bobClient = await bob.open();
  await annClient.login();
  await bobClient.login();
  const open = await annClient.cases.create({ title: 'Harbour', compartments: ['Phones'] });
  const [, phones] = open.compartments;
  if (phones === undefined) throw new RangeError('no compartment');
  await annClient.contacts.accept(bob.person.id);
  const { invitationId } = await annClient.invitations.invite(open, {
    invited: { personId: bob.person.id },
    role: caseRoles.contributor,
    history: { kind: 'all' },
    compartments: [phones.compartmentId],
  });
  const [offer] = await bobClient.invitations.received();
  if (offer === undefined) throw new RangeError('no offer');
  await bobClient.invitations.accept(offer);
  const offers = await annClient.invitations.ofCase(open);
  const answered = offers.find(({ invitation }) => invitation.invitationId === invitationId);
  if (answered === undefined) throw new RangeError('no answer');
  await annClient.invitations.admit(open, answered, { personId: bob.person.id });
  const theirs = await bobClient.cases.open(open.caseId);
  return { world, ann, bob, annClient, bobClient, open, theirs, phones };
}
