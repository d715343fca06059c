import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RogatoryError } from '@rogatory/kernel';
import { addedBy } from '@rogatory/audit/testing';
import { auditMigrations } from '@rogatory/audit';
import type { ChainState } from '@rogatory/chain';
import { about } from '@rogatory/chain/testing';
import { directoryMigrations } from '@rogatory/directory';
import { actSubjects, caseRoles, linkTypes } from '@rogatory/protocol';
import { eachEngine } from '@rogatory/platform-database/testing';
import { caseMigrations } from './storage/case-migrations.js';
import { asksToAppend, CaseWorld, inputOf } from './testing.js';

const migrations = [...auditMigrations, ...directoryMigrations, ...caseMigrations];

eachEngine('chains of cases', { migrations }, (at) => {
  let world: CaseWorld;

  beforeAll(async () => {
    world = await CaseWorld.open(at.database(), { seed: 51, persons: 5 });
  });
  afterAll(async () => world.close());

  const added = (work: () => Promise<unknown>) => addedBy(at.database(), work);
  const rotate = (state: ChainState, signer = world.actor(0)) =>
    world.chains.link(state, linkTypes.rotate, { signer: signer.device });

  describe('a new case', () => {
    it('begins with its genesis, with one record and a promise', async () => {
      const lead = world.actor(0);
      const members = [world.leaf(lead, caseRoles.lead), world.leaf(world.actor(1))];
      const made = world.chains.genesis(lead.device, members);
      const links = [inputOf(made)];
      let answer: Awaited<ReturnType<typeof world.cases.appendLinks.run>> | undefined;
      const seen = await added(async () => {
        answer = await world.cases.appendLinks.run(asksToAppend(lead, links), { links });
      });
      expect(seen).toEqual(['done', 'case.create allowed ok']);
      expect(answer?.receipt?.promise.length).toBeGreaterThan(0);
      const state = world.chains.apply(undefined, made.bytes).state;
      expect(answer?.result).toMatchObject({
        kind: 'appended',
        heads: [{ head: { caseId: state.caseId, chainSeq: 0, contentSize: 1 }, member: { role: caseRoles.lead } }],
      });
    });

    it('comes with its compartments in one act', async () => {
      const [lead, other] = [world.actor(0), world.actor(1)];
      world.chains.root = undefined;
      const genesis = world.chains.genesis(lead.device, [world.leaf(lead, caseRoles.lead), world.leaf(other)]);
      const root = world.chains.apply(undefined, genesis.bytes).state;
      const inner = world.chains.compartmentGenesis(lead.device, [world.leaf(lead, caseRoles.lead)]);
      const compartmentId = inputOf(inner).compartmentId;
      const body = { compartmentId, personId: lead.device.person.id };
      const announcement = world.chains.link(root, linkTypes.compartment, { signer: lead.device, body });
      const links = [genesis, announcement, inner].map(inputOf);
      const seen = await added(async () => {
        const { result } = await world.cases.appendLinks.run(asksToAppend(lead, links), { links });
        expect(result.kind === 'appended' && result.heads.map(({ head }) => head.contentSize)).toEqual([2, 1]);
      });
      expect(seen).toEqual(['done', 'case.create allowed ok']);
      const listed = await world.cases.readCases.open(
        other.acting.asks(actSubjects.openCase(root.caseId)),
        root.caseId,
      );
      expect(listed.result.compartments.map(({ head }) => head.compartmentId)).toEqual([root.compartmentId]);
      const unseen = await added(() =>
        world.cases.readChain.run(other.acting.asks(actSubjects.readCompartment(compartmentId)), {
          compartmentId,
          fromSeq: 0,
        }),
      );
      expect(unseen).toEqual(['access/refused', 'compartment.read denied access/refused']);
    });

    it('is not begun by an act of another kind', async () => {
      const state = await world.createCase(world.actor(0));
      const links = [inputOf(rotate(state))];
      expect(await added(() => world.cases.appendLinks.run(asksToAppend(world.actor(0), links), { links }))).toEqual([
        'cases/links',
        'authz.denied denied cases/links',
      ]);
    });
  });

  describe('the head', () => {
    it('goes to one of two racing links; the other gets the newest head', async () => {
      const state = await world.createCase(world.actor(0));
      const [one, two] = [rotate(state), rotate(state)];
      const race = [one, two].map((made) => {
        const links = [inputOf(made)];
        return world.cases.appendLinks.run(asksToAppend(world.actor(0), links), { caseId: state.caseId, links });
      });
      const results = (await Promise.all(race)).map(({ result }) => result);
      expect(results.map(({ kind }) => kind).sort()).toEqual(['appended', 'stale']);
      const stale = results.find(({ kind }) => kind === 'stale');
      expect(stale).toMatchObject({ head: { compartmentId: state.compartmentId, chainSeq: 1 } });
    });

    it('records the loser of a race as denied', async () => {
      const state = await world.createCase(world.actor(0));
      const [one, two] = [rotate(state), rotate(state)];
      expect(await added(() => world.append(world.actor(0), one, state))).toEqual(['done', 'key.epoch allowed ok']);
      const links = [inputOf(two)];
      const context = asksToAppend(world.actor(0), links);
      const seen = await added(() => world.cases.appendLinks.run(context, { caseId: state.caseId, links }));
      expect(seen.slice(0, 2)).toEqual(['done', 'key.epoch denied chain/stale-head']);
      expect(seen.slice(2)).toEqual(['system.job allowed ok']);
    });

    it('gives an act that is sent again the same answer and no second effect', async () => {
      const state = await world.createCase(world.actor(0));
      const links = [inputOf(rotate(state))];
      const context = asksToAppend(world.actor(0), links);
      const command = { caseId: state.caseId, links };
      const first = await world.cases.appendLinks.run(context, command);
      const again = await world.cases.appendLinks.run(context, command);
      expect(again.result).toEqual(first.result);
      expect(again.receipt).toEqual(first.receipt);
      const head = first.result.kind === 'appended' ? first.result.heads[0]?.head : undefined;
      expect(head?.chainSeq).toBe(1);
    });

    it('holds for a lead whose removal lost the race, and lets it land', async () => {
      const [lead, member] = [world.actor(0), world.actor(1)];
      const state = await world.createCase(lead, [member]);
      const removal = world.chains.link(state, linkTypes.remove, {
        signer: lead.device,
        body: about(member.device.person.id),
      });
      const leave = world.chains.link(state, linkTypes.leave, {
        signer: member.device,
        body: about(member.device.person.id),
      });
      const left = (await world.append(member, leave, state)).applied?.state as ChainState;
      expect((await world.append(lead, removal, state)).outcome.kind).toBe('stale');
      const complaintless = world.chains.link(left, linkTypes.policy, {
        signer: lead.device,
        body: { policy: { ...left.policy, headConfirmationMs: 3_600_000 } },
      });
      expect((await world.append(lead, complaintless, left)).outcome.kind).toBe('appended');
    });
  });

  describe('a removal', () => {
    it('cuts off the person everywhere in the case, also where the lead is not', async () => {
      const [lead, gone, third] = [world.actor(0), world.actor(1), world.actor(2)];
      let root = await world.createCase(lead, [gone, third]);
      const leads = [world.leaf(gone, caseRoles.lead), world.leaf(third)];
      const inner = world.chains.compartmentGenesis(gone.device, leads);
      const compartmentId = inputOf(inner).compartmentId;
      const body = { compartmentId, personId: gone.device.person.id };
      const announcement = world.chains.link(root, linkTypes.compartment, { signer: lead.device, body });
      root = (await world.append(lead, announcement, root)).applied?.state as ChainState;
      const begun = [inputOf(inner)];
      const command = { caseId: root.caseId, links: begun };
      const intruder = world.actor(3);
      expect(await added(() => world.cases.appendLinks.run(asksToAppend(intruder, begun), command))).toEqual([
        'access/refused',
        'case.create denied access/refused',
      ]);
      expect((await world.cases.appendLinks.run(asksToAppend(gone, begun), command)).result.kind).toBe('appended');
      world.lost.length = 0;
      const person = about(gone.device.person.id);
      const removal = world.chains.link(root, linkTypes.remove, { signer: lead.device, body: person });
      expect((await world.append(lead, removal, root)).outcome.kind).toBe('appended');
      const lost = new Set(world.lost.map(({ deviceId, compartmentId: of }) => `${deviceId} ${of}`));
      expect(lost).toEqual(new Set([root.compartmentId, compartmentId].map((of) => `${gone.id} ${of}`)));
      const context = gone.acting.asks(actSubjects.readCompartment(compartmentId));
      const read = world.cases.readChain.run(context, { compartmentId, fromSeq: 0 });
      await expect(read).rejects.toMatchObject({ code: 'access/refused' });
    });

    it('is followed by the same answer as for a case that is not there', async () => {
      const [lead, gone] = [world.actor(0), world.actor(1)];
      const state = await world.createCase(lead, [gone]);
      const made = world.chains.link(state, linkTypes.remove, {
        signer: lead.device,
        body: about(gone.device.person.id),
      });
      world.lost.length = 0;
      await world.append(lead, made, state);
      expect(world.lost.map(({ deviceId, compartmentId }) => [deviceId, compartmentId])).toEqual([
        [gone.id, state.compartmentId],
      ]);
      const read = (compartmentId: typeof state.compartmentId) =>
        world.cases.readContentLog
          .run(gone.acting.asks(actSubjects.readCompartment(compartmentId)), { compartmentId, from: 0 })
          .catch(({ code, message, details, family }: RogatoryError) => ({ code, message, details, family }));
      const absent = 'ab'.repeat(32) as typeof state.compartmentId;
      expect(await read(state.compartmentId)).toEqual(await read(absent));
      expect(await read(absent)).toMatchObject({ code: 'access/refused' });
    });
  });
});
