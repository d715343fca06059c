import { describe, expect, it } from '@jest/globals';
import { invitationHash } from '@rogatory/chain';
import { toBase64 } from '@rogatory/kernel';
import {
  caseRoles,
  decodeSignedInvitation,
  encodeAcceptance,
  encodeInvitation,
  encodeSignedAcceptance,
  encodeSignedInvitation,
  historyKinds,
  type Invitation,
  signaturePurposes,
} from '@rogatory/protocol';
import type { ReceivedInvitation } from './invitations.js';
import type { Actor } from '../testing/client-world.js';
import { twoInOneCase } from '../testing/two-in-one-case.js';

/** Cia was offered to read the root from now on; nothing more. */
async function ciaIsInvited() {
  const given = await twoInOneCase();
  const { world, annClient, open } = given;
  const cia = world.actor('CC');
  await (await cia.open()).login();
  await annClient.directory.sync();
  await annClient.contacts.accept(cia.person.id);
  const offered = await annClient.invitations.invite(open, {
    invited: { personId: cia.person.id },
    role: caseRoles.reader,
    history: { kind: 'from-now' },
  });
  return { ...given, cia, offered };
}

/** An offer that another device than the lead's signed, with an answer that fits it. */
function forged(signer: Actor, answerer: Actor, invitation: Invitation): ReceivedInvitation {
  const signedBytes = encodeInvitation({ ...invitation, sponsorDevice: signer.device.id });
  const signature = signer.device.signing.sign(signaturePurposes.invitation, signedBytes);
  const bytes = encodeSignedInvitation({ signedBytes, signature });
  const statement = encodeAcceptance({
    invitationId: invitation.invitationId,
    invitationHash: invitationHash(signedBytes),
    personId: answerer.person.id,
    deviceId: answerer.device.id,
    time: invitation.time,
  });
  const acceptance = encodeSignedAcceptance({
    signedBytes: statement,
    signature: answerer.device.signing.sign(signaturePurposes.acceptance, statement),
  });
  const signed = decodeSignedInvitation(bytes);
  return { invitation: signed.invitation, signed, bytes, isRevoked: false, usesLeft: 1, acceptances: [acceptance] };
}

const asLead = { role: caseRoles.lead, history: historyKinds.all };

describe('an offer of membership', () => {
  it.each([
    ['the invited person', 'cia'],
    ['a member who may not invite', 'bob'],
  ] as const)('is not shown to a lead, and admits nobody, when %s wrote it', async (_, who) => {
    const { world, annClient, open, offered, ...actors } = await ciaIsInvited();
    const offer = forged(actors[who], actors.cia, { ...offered, ...asLead });
    world.server.tamper = (name, data) => {
      if (name !== 'Invitations') return data;
      const told = { invitation: toBase64(offer.bytes), acceptances: offer.acceptances.map(toBase64) };
      return { invitations: { invitations: [{ ...told, isRevoked: false, usesLeft: 1 }] } };
    };
    expect(await annClient.invitations.ofCase(open)).toEqual([]);
    const admission = { personId: actors.cia.person.id };
    await expect(annClient.invitations.admit(open, offer, admission)).rejects.toMatchObject({
      code: 'chain/invitation',
    });
    // Nor when a caller hands in the lead's own words beside other bytes.
    const mixed = { ...offer, invitation: offered };
    await expect(annClient.invitations.admit(open, mixed, admission)).rejects.toMatchObject({
      code: 'chain/invitation',
    });
    expect(open.root.state.members.person(actors.cia.person.id)).toBeUndefined();
  });

  it('gives no compartment in which its sponsor could not have invited', async () => {
    const { cia, annClient, bob, open, theirs, offered, phones } = await ciaIsInvited();
    await annClient.cases.setRole(open, bob.person.id, caseRoles.lead);
    const hidden = await annClient.cases.addCompartment(open, 'Sources');
    await theirs.sync();
    expect(theirs.has(hidden)).toBe(false);
    const compartments = [offered.compartments[0] as typeof hidden, phones.compartmentId, hidden].sort();
    const byBob = forged(bob, cia, { ...offered, compartments });
    const mayGive = [offered.compartments[0], phones.compartmentId];
    expect(annClient.invitations.terms(open, byBob)).toMatchObject({
      sponsorId: bob.person.id,
      role: caseRoles.reader,
      history: historyKinds.fromNow,
      compartments: mayGive,
    });
    const links = await annClient.invitations.admit(open, byBob, { personId: cia.person.id });
    expect(links.map(({ next }) => next.compartmentId)).toEqual(mayGive);
  });
});
