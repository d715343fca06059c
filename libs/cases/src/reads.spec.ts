import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { limits } from '@rogatory/kernel';
import { addedBy } from '@rogatory/audit/testing';
import { auditMigrations } from '@rogatory/audit';
import { applyLink, type ChainState, verifyBox } from '@rogatory/chain';
import { directoryMigrations } from '@rogatory/directory';
import { actSubjects, linkTypes } from '@rogatory/protocol';
import { eachEngine } from '@rogatory/platform-database/testing';
import { caseMigrations } from './storage/case-migrations.js';
import { type Actor, CaseWorld } from './testing.js';

const migrations = [...auditMigrations, ...directoryMigrations, ...caseMigrations];

eachEngine('reads of cases', { migrations }, (at) => {
  let world: CaseWorld;

  beforeAll(async () => {
    world = await CaseWorld.open(at.database(), { seed: 91, persons: 4 });
    world.server.audit.start();
  });
  afterAll(async () => world.close());

  const rotate = async (state: ChainState, by: Actor = world.actor(0)): Promise<ChainState> => {
    const made = world.chains.link(state, linkTypes.rotate, { signer: by.device });
    return (await world.append(by, made, state)).applied?.state as ChainState;
  };

  it('give a device its own boxes, each with a proof that holds', async () => {
    const [lead, member] = [world.actor(0), world.actor(1)];
    let state = await world.createCase(lead, [member, world.actor(2)]);
    state = await rotate(state);
    const { compartmentId } = state;
    const context = member.acting.asks(actSubjects.readBoxes(compartmentId));
    const { result } = await world.cases.readBoxes.run(context, { compartmentId, fromSeq: 0 });
    expect(result.boxes.map(({ seq }) => seq)).toEqual([0, 1]);
    const chain = await world.cases.readChain.run(member.acting.asks(actSubjects.readCompartment(compartmentId)), {
      compartmentId,
      fromSeq: 0,
    });
    let replayed: ChainState | undefined;
    for (const { seq, bytes } of chain.result.links) {
      const applied = applyLink(replayed, bytes, world.chains.facts('replay'));
      const box = result.boxes[seq];
      expect(box && verifyBox(applied, box, world.chains.federation.state).deviceId).toBe(member.id);
      replayed = applied.state;
    }
    expect(replayed?.head).toEqual(state.head);
  });

  it('come in pages without gap or duplicate, and are recorded each', async () => {
    let state = await world.createCase(world.actor(0));
    for (let i = 0; i < 4; i++) state = await rotate(state);
    const { compartmentId } = state;
    const seen: number[] = [];
    for (let from = 0, hasMore = true; hasMore; from = (seen.at(-1) ?? 0) + 1) {
      const context = world.actor(0).acting.asks(actSubjects.readCompartment(compartmentId));
      const page = await world.cases.readContentLog.run(context, { compartmentId, from, first: 2 });
      seen.push(...page.result.events.map(({ position }) => position));
      ({ hasMore } = page.result);
    }
    expect(seen).toEqual([0, 1, 2, 3, 4]);
    const context = world.actor(0).acting.asks(actSubjects.readCompartment(compartmentId));
    const read = () => world.cases.readChain.run(context, { compartmentId, fromSeq: 5 });
    expect(await addedBy(at.database(), read)).toEqual(['done', 'compartment.read allowed ok']);
  });

  it('X02: refuse pages outside the limits', async () => {
    const { compartmentId } = await world.createCase(world.actor(0));
    const read = (first: number, from = 0) =>
      world.cases.readContentLog.run(world.actor(0).acting.asks(actSubjects.readCompartment(compartmentId)), {
        ...{ compartmentId, from, first },
      });
    for (const first of [0, -1, 1.5, limits.maxPageItems + 1, Number.NaN]) {
      await expect(read(first)).rejects.toMatchObject({ code: 'cases/page' });
    }
    await expect(read(1, -1)).rejects.toMatchObject({ code: 'cases/page' });
  });

  it('list the cases of a device, page by page', async () => {
    const actor = world.actor(3);
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) ids.push((await world.createCase(actor)).caseId);
    const listed: string[] = [];
    let after: ChainState['caseId'] | undefined;
    for (let hasMore = true; hasMore; ) {
      const { result } = await world.cases.readCases.list(actor.acting.asks(actSubjects.listCases()), {
        first: 2,
        after,
      });
      listed.push(...result.cases.map(({ caseId }) => caseId));
      after = result.endCursor;
      ({ hasMore } = result);
    }
    expect(listed).toEqual([...ids].sort());
  });

  it('O02: give strangers the answer of what is not there', async () => {
    const state = await world.createCase(world.actor(0));
    const stranger = world.actor(1).acting;
    const absent = 'cd'.repeat(32) as ChainState['compartmentId'];
    for (const compartmentId of [state.compartmentId, absent]) {
      const caseId = compartmentId as string as ChainState['caseId'];
      const reading = actSubjects.readCompartment(compartmentId);
      const reads = [
        () => world.cases.readChain.run(stranger.asks(reading), { compartmentId, fromSeq: 0 }),
        () => world.cases.readContentLog.run(stranger.asks(reading), { compartmentId, from: 0 }),
        () => world.cases.readStatements.heartbeats(stranger.asks(reading), compartmentId),
        () => world.cases.readStatements.complaints(stranger.asks(reading), compartmentId),
        () =>
          world.cases.readBoxes.run(stranger.asks(actSubjects.readBoxes(compartmentId)), { compartmentId, fromSeq: 0 }),
        () => world.cases.readCases.open(stranger.asks(actSubjects.openCase(caseId)), caseId),
      ];
      for (const read of reads) {
        const [outcome, record, ...more] = await addedBy(at.database(), read);
        expect([outcome, more]).toEqual(['access/refused', []]);
        expect(record).toMatch(/ denied access\/refused$/);
      }
    }
  });

  it('go on after a restart, from rows alone', async () => {
    let state = await world.createCase(world.actor(0), [world.actor(1)]);
    state = await rotate(state);
    const restarted = world.open();
    const made = world.chains.link(state, linkTypes.rotate, { signer: world.actor(0).device });
    const links = [{ compartmentId: state.compartmentId, link: made.bytes, boxes: made.boxes }];
    const context = world
      .actor(0)
      .acting.asks(actSubjects.appendLinks({ ...state, type: linkTypes.rotate }, [made.bytes]));
    const { result } = await restarted.appendLinks.run(context, { caseId: state.caseId, links });
    expect(result).toMatchObject({ kind: 'appended', heads: [{ head: { chainSeq: 2 } }] });
    const next = world.chains.apply(state, made.bytes).state;
    expect((await rotate(next)).head.seq).toBe(3);
  });
});
