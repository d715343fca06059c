import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { about } from '@rogatory/chain/testing';
import type { ChainState } from '@rogatory/chain';
import { actSubjects, linkTypes } from '@rogatory/protocol';
import { eachEngine } from '@rogatory/platform-database/testing';
import { endOf, messageMigrations, MessageWorld, takeUntil } from './testing/message-world.js';

eachEngine('live delivery', { migrations: messageMigrations }, (at) => {
  let talk: MessageWorld;

  beforeAll(async () => {
    talk = await MessageWorld.open(at.database(), { seed: 71, persons: 4 });
  });
  afterAll(async () => {
    expect(talk.faults).toEqual([]);
    await talk.close();
  });

  const newCase = () => talk.world.createCase(talk.world.actor(0), [talk.world.actor(1), talk.world.actor(2)]);
  const remove = async (state: ChainState, index: number): Promise<ChainState> => {
    const [lead, gone] = [talk.world.actor(0), talk.world.actor(index)];
    const body = about(gone.device.person.id);
    const made = talk.world.chains.link(state, linkTypes.remove, { signer: lead.device, body });
    return (await talk.world.append(lead, made, state)).applied?.state as ChainState;
  };

  it('F06, F12: brings everything once, across reconnects at any point', async () => {
    let state = await newCase();
    const seen: number[] = [];
    let events = await talk.follow(talk.world.actor(1), state, 0);
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 3; i++) state = await talk.say(state, talk.world.actor(i));
      seen.push(...(await takeUntil(events, state.content.size - 2)));
      await events.return?.();
      state = await talk.say(state, talk.world.actor(0));
      events = await talk.follow(talk.world.actor(1), state, seen.at(-1) ?? 0);
    }
    seen.push(...(await takeUntil(events, state.content.size - 1)));
    expect(seen).toEqual(Array.from({ length: state.content.size - 1 }, (_, i) => i + 1));
    await events.return?.();
    expect(talk.messages.delivery.size).toBe(0);
  });

  it('hands all followers the same object, and names them in one record before the first push', async () => {
    let state = await newCase();
    const followers = [talk.world.actor(0), talk.world.actor(1), talk.world.actor(2)];
    const streams = await Promise.all(followers.map((actor) => talk.follow(actor, state, 0)));
    const taken = Promise.all(streams.map((stream) => stream.next()));
    const records = await talk.added(async () => {
      state = await talk.say(state, talk.world.actor(0));
      await taken;
    });
    expect(records).toEqual(['done', 'msg.send allowed ok', 'compartment.deliver allowed ok']);
    const [first, ...others] = (await taken).map(({ value }) => value);
    for (const other of others) expect(other).toBe(first);
    for (const stream of streams) await stream.return?.();
  });

  it('R01: brings nothing to a removed member from the acknowledgement on, here and in another process', async () => {
    let state = await newCase();
    const other = talk.elsewhere();
    other.start();
    const gone = talk.world.actor(1);
    const [here, there] = [await talk.follow(gone, state, 0), await talk.follow(gone, state, 0, other)];
    const ends = [endOf(here), endOf(there)];
    state = await remove(state, 1);
    state = await talk.say(state, talk.world.actor(0));
    expect(await Promise.all(ends)).toEqual(['access/refused', 'access/refused']);
    await expect(talk.follow(gone, state, 0)).rejects.toMatchObject({ code: 'access/refused' });
    await other.stop();
  });

  it('ends for a removed member even when nothing more is said', async () => {
    const state = await newCase();
    const other = talk.elsewhere();
    other.start();
    const there = await talk.follow(talk.world.actor(1), state, 0, other);
    const end = endOf(there);
    await remove(state, 1);
    expect(await end).toBe('access/refused');
    await other.stop();
  });

  it('refuses to follow from a position that is not there yet', async () => {
    const state = await newCase();
    await expect(talk.follow(talk.world.actor(1), state, 1)).rejects.toMatchObject({ code: 'messages/position' });
  });

  it('tells whoever follows that the server goes down', async () => {
    const state = await newCase();
    const other = talk.elsewhere();
    other.start();
    const stream = await talk.follow(talk.world.actor(0), state, 0, other);
    const end = endOf(stream);
    await other.stop();
    expect(await end).toBe('messages/stopped');
  });

  it('brings notices of new cases and membership to the persons concerned', async () => {
    const actor = talk.world.actor(1);
    const { result } = await talk.messages.subscribe.toNotices(actor.acting.asks(actSubjects.subscribeNotices()));
    const next = result.next();
    await newCase();
    expect((await next).value).toMatchObject({ kind: 'cases' });
    await result.return?.();
  });
});
