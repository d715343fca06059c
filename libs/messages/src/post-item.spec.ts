import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { limits } from '@rogatory/kernel';
import { about } from '@rogatory/chain/testing';
import { asksToPost, asksToAppend, inputOf } from '@rogatory/cases/testing';
import type { ChainState } from '@rogatory/chain';
import { caseRoles, itemClasses, linkTypes } from '@rogatory/protocol';
import { eachEngine } from '@rogatory/platform-database/testing';
import { messageMigrations, MessageWorld } from './testing/message-world.js';

eachEngine('posts', { migrations: messageMigrations }, (at) => {
  let talk: MessageWorld;

  beforeAll(async () => {
    talk = await MessageWorld.open(at.database(), { seed: 61, persons: 6 });
  });
  afterAll(async () => talk.close());

  const post = (actorIndex: number, item: Uint8Array) => {
    const actor = talk.world.actor(actorIndex);
    return talk.messages.postItem.run(asksToPost(actor, item), item);
  };
  const newCase = (others: readonly number[] = [1]) =>
    talk.world.createCase(
      talk.world.actor(0),
      others.map((index) => talk.world.actor(index)),
    );

  it('get their place, one record and a promise', async () => {
    const state = await newCase();
    const { item } = talk.world.say(state, talk.world.actor(1));
    let answer: Awaited<ReturnType<typeof post>> | undefined;
    const seen = await talk.added(async () => {
      answer = await post(1, item);
    });
    expect(seen).toEqual(['done', 'msg.send allowed ok']);
    expect(answer?.result).toMatchObject({ kind: 'posted', position: 1, contentSize: 2 });
    expect(answer?.receipt?.promise.length).toBeGreaterThan(0);
  });

  it('of many callers get one place each, without a gap, whoever of them fails', async () => {
    const state = await newCase([1, 2, 3, 4]);
    const items = [0, 1, 2, 3, 4].map((index) => talk.world.say(state, talk.world.actor(index)).item);
    const stranger = talk.world.chains.item(state, { sender: talk.world.actor(5).device });
    const all = await Promise.allSettled([...items.map((item, index) => post(index, item)), post(5, stranger)]);
    const positions = all.flatMap((one) =>
      one.status === 'fulfilled' && one.value.result.kind === 'posted' ? [one.value.result.position] : [],
    );
    expect(positions.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5]);
    expect(all.at(-1)).toMatchObject({ status: 'rejected', reason: { code: 'access/refused' } });
  });

  it('that come twice have one effect and the same answer', async () => {
    const state = await newCase();
    const actor = talk.world.actor(1);
    const { item } = talk.world.say(state, actor);
    const context = asksToPost(actor, item);
    const first = await talk.messages.postItem.run(context, item);
    const again = await talk.messages.postItem.run(context, item);
    expect(again.result).toEqual(first.result);
    expect(again.receipt).toEqual(first.receipt);
    const both = await Promise.all([
      talk.messages.postItem.run(context, item),
      talk.messages.postItem.run(context, item),
    ]);
    expect(both.map(({ result }) => result)).toEqual([first.result, first.result]);
  });

  it('are not taken again under another act', async () => {
    const state = await newCase();
    const { item } = talk.world.say(state, talk.world.actor(1));
    await post(1, item);
    expect(await talk.added(() => post(1, item))).toEqual([
      'chain/sender-sequence',
      'msg.send denied chain/sender-sequence',
    ]);
  });

  it('of an older epoch are answered with the newest head and recorded as denied', async () => {
    const state = await newCase();
    const { item } = talk.world.say(state, talk.world.actor(1));
    const rotation = talk.world.chains.link(state, linkTypes.rotate, { signer: talk.world.actor(0).device });
    await talk.world.append(talk.world.actor(0), rotation, state);
    let answer: Awaited<ReturnType<typeof post>> | undefined;
    const seen = await talk.added(async () => {
      answer = await post(1, item);
    });
    expect(seen).toEqual(['done', 'msg.send denied chain/stale-head']);
    expect(answer?.result).toMatchObject({ kind: 'stale', head: { chainSeq: 1, compartmentId: state.compartmentId } });
    expect(answer?.receipt?.promise.length).toBeGreaterThan(0);
  });

  it('by strangers, and to compartments that are not there, get one answer and one record each', async () => {
    const state = await newCase();
    const stranger = talk.world.actor(4);
    const foreign = talk.world.chains.item(state, { sender: stranger.device });
    const nowhere = { caseId: 'ab'.repeat(32), compartmentId: 'ab'.repeat(32) } as Pick<
      ChainState,
      'caseId' | 'compartmentId'
    >;
    const absent = talk.world.chains.item(state, { sender: stranger.device, forged: nowhere });
    const refused = ['access/refused', 'msg.send denied access/refused'];
    expect(await talk.added(() => post(4, foreign))).toEqual(refused);
    expect(await talk.added(() => post(4, absent))).toEqual(refused);
  });

  it('above the role are refused, and in the name of another device', async () => {
    const [lead, reader] = [talk.world.actor(0), talk.world.actor(2)];
    talk.world.chains.root = undefined;
    const members = [talk.world.leaf(lead, caseRoles.lead), talk.world.leaf(reader, caseRoles.reader)];
    const made = talk.world.chains.genesis(lead.device, members);
    const links = [inputOf(made)];
    await talk.world.cases.appendLinks.run(asksToAppend(lead, links), { links });
    const state = talk.world.chains.apply(undefined, made.bytes).state;
    const { item } = { item: talk.world.chains.item(state, { sender: reader.device }) };
    expect(await talk.added(() => post(2, item))).toEqual(['access/refused', 'msg.send denied access/refused']);
    const foreign = talk.world.say(state, lead).item;
    expect((await talk.added(() => post(2, foreign)))[0]).toBe('access/refused');
  });

  it('go on in another process, which catches up from the rows', async () => {
    let state = await newCase([1, 2]);
    const other = talk.elsewhere();
    const through = async (messages: typeof other, index: number) => {
      const actor = talk.world.actor(index);
      const said = talk.world.say(state, actor);
      const { result } = await messages.postItem.run(asksToPost(actor, said.item), said.item);
      expect(result).toMatchObject({ kind: 'posted', position: state.content.size });
      state = said.state;
    };
    for (let round = 0; round < 3; round++) {
      await through(talk.messages, 1);
      await through(other, 2);
      await through(other, 1);
      const made = talk.world.chains.link(state, linkTypes.rotate, { signer: talk.world.actor(0).device });
      state = (await talk.world.append(talk.world.actor(0), made, state)).applied?.state as ChainState;
      await through(other, 0);
    }
    const late = talk.elsewhere();
    await through(late, 1);
    await through(talk.messages, 2);
  });

  it('of documents come with their upload only', async () => {
    const state = await newCase();
    const sender = talk.world.actor(0).device;
    const item = talk.world.chains.item(state, { sender, forged: { itemClass: itemClasses.document } });
    expect(await talk.added(() => post(0, item))).toEqual([
      'messages/item-class',
      'authz.denied denied messages/item-class',
    ]);
  });

  it('wait while a removal that they outran is on its way, and no longer', async () => {
    const [lead, gone] = [talk.world.actor(0), talk.world.actor(1)];
    const state = await newCase([1, 2]);
    const removalOn = (head: ChainState) =>
      talk.world.chains.link(head, linkTypes.remove, { signer: lead.device, body: about(gone.device.person.id) });
    const outrun = removalOn(state);
    const one = await talk.say(state, gone);
    expect((await talk.world.append(lead, outrun, one)).outcome.kind).toBe('stale');
    const flood = talk.world.say(one, gone);
    expect(await talk.added(() => post(1, flood.item))).toEqual(['cases/frozen', 'msg.send denied cases/frozen']);
    const landed = await talk.world.append(lead, removalOn(one), one);
    await talk.say(landed.applied?.state as ChainState, talk.world.actor(2));
    const other = await newCase([1]);
    const late = removalOn(other);
    const after = await talk.say(other, gone);
    expect((await talk.world.append(lead, late, after)).outcome.kind).toBe('stale');
    talk.world.chains.federation.nowMs += limits.compartmentFreezeMs;
    const free = await talk.say(after, gone);
    // Not frozen again so soon, however often the lead is outrun.
    expect((await talk.world.append(lead, late, free)).outcome.kind).toBe('stale');
    await talk.say(free, gone);
  });

  it('R06: race a removal, and only one of the two lands', async () => {
    for (let round = 0; round < 10; round++) {
      const [lead, gone] = [talk.world.actor(0), talk.world.actor(1)];
      const state = await newCase();
      const { item } = talk.world.say(state, gone);
      const body = about(gone.device.person.id);
      const removal = talk.world.chains.link(state, linkTypes.remove, { signer: lead.device, body });
      const [posted, removed] = await Promise.all([
        post(1, item).then(
          ({ result }) => result.kind as string,
          (error: { code: string }) => error.code,
        ),
        talk.world.cases.appendLinks
          .run(asksToAppend(lead, [inputOf(removal)]), { caseId: state.caseId, links: [inputOf(removal)] })
          .then(({ result }) => result.kind),
      ]);
      const outcome = `${posted} ${removed}`;
      expect(['posted stale', 'access/refused appended']).toContain(outcome);
      if (removed === 'appended') expect((await talk.added(() => post(1, item)))[0]).toBe('access/refused');
    }
  });
});
