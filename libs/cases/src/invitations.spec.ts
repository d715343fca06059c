import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { InvitationId, PersonId } from '@rogatory/kernel';
import { addedBy } from '@rogatory/audit/testing';
import { auditMigrations } from '@rogatory/audit';
import { type ChainState, invitationHash } from '@rogatory/chain';
import { directoryMigrations } from '@rogatory/directory';
import {
  type Acceptance,
  actSubjects,
  caseRoles,
  complaintKinds,
  encodeAcceptance,
  encodeComplaint,
  encodeHeartbeat,
  encodeInvitation,
  encodeSignedAcceptance,
  encodeSignedComplaint,
  encodeSignedHeartbeat,
  encodeSignedInvitation,
  historyKinds,
  type Invitation,
  invitationTargets,
  signaturePurposes,
} from '@rogatory/protocol';
import { eachEngine } from '@rogatory/platform-database/testing';
import { caseMigrations } from './storage/case-migrations.js';
import { type Actor, CaseWorld, rootOf } from './testing.js';

const migrations = [...auditMigrations, ...directoryMigrations, ...caseMigrations];
const CALLERS = 50;

eachEngine('invitations and statements', { migrations }, (at) => {
  let world: CaseWorld;
  let state: ChainState;

  beforeAll(async () => {
    world = await CaseWorld.open(at.database(), { seed: 101, persons: CALLERS + 2 });
    state = await world.createCase(world.actor(0), [world.actor(1)]);
  });
  afterAll(async () => world.close());

  const offer = (sponsor: Actor, terms: Partial<Invitation> = {}) => {
    const { federation } = world.chains;
    const invitation: Invitation = {
      invitationId: federation.id<InvitationId>(),
      caseId: state.caseId,
      compartments: [rootOf(state)],
      sponsorDevice: sponsor.id,
      target: invitationTargets.authority,
      targetId: sponsor.device.person.authority.id,
      role: caseRoles.contributor,
      history: historyKinds.fromNow,
      uses: 1,
      notAfterMs: federation.nowMs + 3_600_000,
      time: federation.time,
      ...terms,
    };
    const signedBytes = encodeInvitation(invitation);
    const signature = sponsor.device.signing.sign(signaturePurposes.invitation, signedBytes);
    return { invitation, signedBytes, bytes: encodeSignedInvitation({ signedBytes, signature }) };
  };
  const invite = (sponsor: Actor, { invitation, bytes }: ReturnType<typeof offer>) =>
    world.cases.invitations.invite(
      sponsor.acting.asks(actSubjects.invite(state.caseId, invitation.invitationId, bytes)),
      bytes,
    );
  const accept = (actor: Actor, { invitation, signedBytes: of }: ReturnType<typeof offer>, claimed?: PersonId) => {
    const acceptance: Acceptance = {
      invitationId: invitation.invitationId,
      invitationHash: invitationHash(of),
      personId: claimed ?? actor.device.person.id,
      deviceId: actor.id,
      time: world.chains.federation.time,
    };
    const signedBytes = encodeAcceptance(acceptance);
    const signature = actor.device.signing.sign(signaturePurposes.acceptance, signedBytes);
    const bytes = encodeSignedAcceptance({ signedBytes, signature });
    return world.cases.invitations.accept(
      actor.acting.asks(actSubjects.acceptInvitation(invitation.invitationId, bytes)),
      bytes,
    );
  };
  const codes = async (answers: readonly Promise<unknown>[]) =>
    (await Promise.allSettled(answers)).map((answer) =>
      answer.status === 'fulfilled' ? 'accepted' : (answer.reason as { code: string }).code,
    );

  it.each([1, 3])('O13: of fifty callers at once as many win as there are uses: %i', async (uses) => {
    const made = offer(world.actor(0), { uses });
    await invite(world.actor(0), made);
    const callers = Array.from({ length: CALLERS }, (_, i) => world.actor(i + 2));
    const outcomes = await codes(callers.map((actor) => accept(actor, made)));
    expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(uses);
    expect(new Set(outcomes)).toEqual(new Set(['accepted', 'cases/invitation-used']));
    const context = world.actor(0).acting.asks(actSubjects.listInvitations(state.caseId));
    const { result } = await world.cases.invitations.list(context, state.caseId);
    const listed = result.find(({ invitation }) => invitation.invitationId === made.invitation.invitationId);
    expect([listed?.invitation.usesLeft, listed?.acceptances.length]).toEqual([0, uses]);
  });

  it('are accepted by a person once, whatever uses are left', async () => {
    const made = offer(world.actor(0), { uses: 5 });
    await invite(world.actor(0), made);
    expect(await codes([accept(world.actor(3), made)])).toEqual(['accepted']);
    expect(await codes([accept(world.actor(3), made)])).toEqual(['cases/invitation-used']);
    const { result } = await world.cases.invitations.list(
      world.actor(3).acting.asks(actSubjects.listInvitations()),
      undefined,
    );
    const mine = result.find(({ invitation }) => invitation.invitationId === made.invitation.invitationId);
    expect([mine?.invitation.usesLeft, mine?.acceptances.length]).toEqual([4, 1]);
  });

  it('are not accepted after they were revoked or for somebody else', async () => {
    const made = offer(world.actor(0), { uses: 5 });
    await invite(world.actor(0), made);
    expect(await codes([accept(world.actor(4), made, world.actor(5).device.person.id)])).toEqual(['chain/invitation']);
    const id = made.invitation.invitationId;
    const revoke = (actor: Actor) =>
      world.cases.invitations.revoke(actor.acting.asks(actSubjects.revokeInvitation(id)), id);
    expect(await codes([revoke(world.actor(1)), revoke(world.actor(9))])).toEqual(['access/refused', 'access/refused']);
    expect((await revoke(world.actor(0))).result).toBe(true);
    expect((await revoke(world.actor(0))).result).toBe(false);
    expect(await codes([accept(world.actor(4), made)])).toEqual(['cases/invitation-used']);
  });

  it('are made by leads only, and seen by whom they concern', async () => {
    const byMember = offer(world.actor(1));
    expect(await addedBy(at.database(), () => invite(world.actor(1), byMember))).toEqual([
      'access/refused',
      'member.invite denied access/refused',
    ]);
    const target = world.actor(6).device.person;
    const made = offer(world.actor(0), { target: invitationTargets.person, targetId: target.id });
    await invite(world.actor(0), made);
    expect(await codes([accept(world.actor(7), made)])).toEqual(['access/refused']);
    const list = (actor: Actor) =>
      world.cases.invitations.list(actor.acting.asks(actSubjects.listInvitations(state.caseId)), state.caseId);
    expect(await codes([list(world.actor(1)), list(world.actor(7))])).toEqual(['access/refused', 'access/refused']);
  });

  it('keep the newest heartbeat of each member and take none that does not fit', async () => {
    const [actor, { federation }] = [world.actor(1), world.chains];
    const beat = async (chainHead = state.head) => {
      const signedBytes = encodeHeartbeat({
        ...{ deviceId: actor.id, compartmentId: state.compartmentId, chainHead },
        contentHead: { size: state.content.size, root: state.content.root },
        directoryHead: world.chains.directoryHead,
        time: federation.time,
      });
      const signature = actor.device.signing.sign(signaturePurposes.heartbeat, signedBytes);
      const bytes = encodeSignedHeartbeat({ signedBytes, signature });
      await world.cases.sendStatements.heartbeat(
        actor.acting.asks(actSubjects.sendHeartbeat(state.compartmentId, bytes)),
        bytes,
      );
      return bytes;
    };
    await beat();
    federation.nowMs += 1_000;
    const newest = await beat();
    const context = world.actor(0).acting.asks(actSubjects.readCompartment(state.compartmentId));
    const { result } = await world.cases.readStatements.heartbeats(context, state.compartmentId);
    expect(result.map((bytes) => [...bytes])).toEqual([[...newest]]);
    await expect(beat({ seq: 0, linkHash: new Uint8Array(32) })).rejects.toMatchObject({ code: 'chain/fork' });
  });

  it('keep complaints open until a link answers them, and not without end', async () => {
    const actor = world.actor(1);
    const complain = async (kind: 2 | 3, salt: number) => {
      const signedBytes = encodeComplaint({
        ...{ deviceId: actor.id, compartmentId: state.compartmentId, link: state.head, epoch: 1, kind },
        boxHash: new Uint8Array(32).fill(salt),
        time: world.chains.federation.time,
      });
      const signature = actor.device.signing.sign(signaturePurposes.complaint, signedBytes);
      const bytes = encodeSignedComplaint({ signedBytes, signature });
      const context = actor.acting.asks(actSubjects.complain(state.compartmentId, bytes));
      return world.cases.sendStatements.complaint(context, bytes);
    };
    const first = await addedBy(at.database(), () => complain(complaintKinds.doesNotOpen, 1));
    expect(first).toEqual(['done', 'key.complaint allowed ok']);
    const context = world.actor(0).acting.asks(actSubjects.readCompartment(state.compartmentId));
    expect((await world.cases.readStatements.complaints(context, state.compartmentId)).result).toHaveLength(1);
    const outcomes: string[] = [];
    for (let salt = 2; salt < 20; salt++) outcomes.push(...(await codes([complain(complaintKinds.wrongKey, salt)])));
    expect(outcomes.at(-1)).toBe('cases/limit');
  });
});
