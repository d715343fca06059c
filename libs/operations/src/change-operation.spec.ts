import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Actor, asksToPost } from '@rogatory/cases/testing';
import { about } from '@rogatory/chain/testing';
import { limits, type ObjectId } from '@rogatory/kernel';
import { decodeSignedItem, linkTypes } from '@rogatory/protocol';
import { eachEngine } from '@rogatory/platform-database/testing';
import {
  type GivenFacts,
  type KnownOperation,
  OperationWorld,
  operationWorldMigrations,
} from './testing/operation-world.js';

const alertId = 'a1'.repeat(16) as ObjectId;

eachEngine('a record of an operation', { migrations: operationWorldMigrations }, (at) => {
  let world: OperationWorld;
  let paris: Actor;
  let hague: Actor;
  let lyon: Actor;
  let stranger: Actor;

  beforeAll(async () => {
    world = await OperationWorld.open(at.database(), { seed: 271, persons: 4, states: ['FR', 'NL'] });
    paris = world.world.actor(0);
    hague = world.world.actor(1);
    lyon = world.world.actor(2);
    stranger = world.world.actor(3);
  });
  afterAll(() => world.world.close());

  const run = (actor: Actor, item: Uint8Array) => world.operations.changeOperation.run(asksToPost(actor, item), item);
  /** What a record that must not be taken comes to; it leaves a record of the refusal and nothing else. */
  const refused = async (actor: Actor, known: KnownOperation, item: Uint8Array): Promise<readonly string[]> => {
    const before = await world.find(known);
    const told = await world.added(() => run(actor, item));
    expect(await world.find(known)).toEqual(before);
    return told;
  };
  const refusal = (code: string) => [code, `operation.change denied ${code}`];

  it('moves the operation from plan to frozen, each with its record', async () => {
    let known: KnownOperation | undefined;
    expect(
      await world.added(async () => {
        known = await world.plan(paris, [paris, hague]);
      }),
    ).toEqual(['done', 'operation.change allowed ok']);
    const operation = known as KnownOperation;
    await world.call(paris, operation);
    await world.act(paris, operation, world.vote(operation, 1));
    expect((await world.find(operation)).status.stage).toBe('pending');
    await world.act(hague, operation, world.vote(operation, 1));
    const { status } = await world.find(operation);
    expect(status).toMatchObject({ stage: 'running', version: 2, records: 4, decision: { outcome: 'go' } });
    expect([...(status.decision?.call.votes.keys() ?? [])].toSorted()).toEqual(['FR', 'NL']);
    await world.act(hague, operation, { act: 'entry', ...world.acted });
    await world.act(hague, operation, { act: 'suspend' });
    expect([...(await world.find(operation)).status.suspendedBy]).toEqual(['NL']);
    await world.act(hague, operation, { act: 'resume' });
    await world.act(paris, operation, { act: 'finish' });
    await world.act(paris, operation, { act: 'freeze' });
    const freezeHash = operation.hashes.get('freeze') as Uint8Array;
    await world.act(hague, operation, { act: 'endorse', freezeHash });
    await world.act(lyon, operation, { act: 'debrief' });
    const row = await world.find(operation);
    expect(row).toMatchObject({
      status: { stage: 'frozen', version: 6, records: 11, end: { outcome: 'finished' }, freeze: { hash: freezeHash } },
      position: world.state.content.size - 1,
    });
    expect([...row.status.endorsed]).toEqual([[hague.device.person.id, 'NL']]);
  });

  it('that comes twice has one effect: the same act is answered, another with the object id refused', async () => {
    const known = await world.go(paris, [paris, hague]);
    const item = world.itemOf(hague, known, { act: 'entry', ...world.acted });
    const context = asksToPost(hague, item);
    const first = await world.operations.changeOperation.run(context, item);
    expect(await world.operations.changeOperation.run(context, item)).toEqual(first);
    world.take(known, item);
    // A queue that never heard the answer seals the same entry anew, under its object id.
    const { size } = world.state.content;
    const { objectId } = decodeSignedItem(item).header;
    const again = world.itemOf(hague, known, { act: 'entry', ...world.acted, isQueued: true }, { objectId });
    expect(await refused(hague, known, again)).toEqual(refusal('operation/twice'));
    expect(world.state.content.size).toBe(size);
  });

  it('for a version that is not the newest is refused with the one in force', async () => {
    const known = await world.plan(paris, [paris, hague]);
    const late = world.itemOf(lyon, known, { act: 'abort' });
    await world.call(paris, known);
    const item = world.itemOf(paris, known, { act: 'abort' }, { version: 2 });
    expect(await refused(paris, known, item)).toEqual(refusal('operation/stale'));
    await expect(run(paris, item)).rejects.toMatchObject({ code: 'operation/stale', details: { version: 2 } });
    // Whoever was behind in the log is told of that first: their number stands no more.
    expect((await refused(lyon, known, late))[0]).toBe('operation/stale');
  });

  describe('that the rule does not have', () => {
    const cases: readonly (readonly [string, string, () => readonly [Actor, GivenFacts]])[] = [
      ['for another state', 'operation/other-state', () => [hague, { act: 'entry', ...world.acted, state: 'FR' }]],
      ['by who is no representative', 'operation/not-entitled', () => [lyon, { act: 'abort' }]],
      ['that cannot follow', 'operation/transition', () => [paris, { act: 'freeze' }]],
      [
        'about another call',
        'operation/transition',
        () => [hague, { act: 'vote', callHash: new Uint8Array(32), vote: 1 }],
      ],
      [
        'that restores what is not on hold',
        'operation/alert-not-held',
        () => [hague, { act: 'restore', ...world.acted, alertId }],
      ],
      [
        'that is dated back',
        'operation/back-dated',
        () => [hague, { act: 'entry', ...before(limits.entryMomentMs + 1_000), isQueued: false }],
      ],
      [
        'that waited for longer than a day',
        'operation/too-late',
        () => [hague, { act: 'entry', ...before(limits.maxQueuedEntryMs + 1_000), isQueued: true }],
      ],
      [
        'of what is yet to happen',
        'operation/ahead',
        () => [hague, { act: 'entry', ...before(-1_000), isQueued: false }],
      ],
    ];
    const before = (ms: number) => {
      const { timeMs, offsetMinutes } = world.world.chains.federation.time;
      return { acted: { timeMs: timeMs - ms, offsetMinutes } };
    };
    // What is refused leaves nothing: one operation serves for all.
    let known: KnownOperation;
    beforeAll(async () => {
      known = await world.go(paris, [paris, hague]);
    });
    it.each(cases)('%s is refused: %s', async (_name, code, made) => {
      const [actor, given] = made();
      expect(await refused(actor, known, world.itemOf(actor, known, given))).toEqual(refusal(code));
    });
  });

  it('keeps an operation from its end while an alert is on hold, and takes a hold once', async () => {
    const known = await world.go(paris, [paris, hague]);
    await world.act(hague, known, { act: 'hold', ...world.acted, alertId });
    expect([...(await world.find(known)).status.held]).toEqual([[alertId, 'NL']]);
    const second = world.itemOf(paris, known, { act: 'hold', ...world.acted, alertId });
    expect(await refused(paris, known, second)).toEqual(refusal('operation/twice'));
    const finish = world.itemOf(paris, known, { act: 'finish' });
    expect(await refused(paris, known, finish)).toEqual(refusal('operation/alert-held'));
    await world.act(hague, known, { act: 'restore', ...world.acted, alertId });
    await world.act(paris, known, { act: 'finish' });
    expect((await world.find(known)).status.stage).toBe('finished');
  });

  it('freezes only the log as it stands', async () => {
    const known = await world.go(paris, [paris, hague]);
    await world.act(paris, known, { act: 'finish' });
    const freeze = world.itemOf(paris, known, { act: 'freeze' });
    await world.act(hague, known, { act: 'entry', ...world.acted });
    expect(await refused(paris, known, freeze)).toEqual(refusal('operation/head'));
    await world.act(paris, known, { act: 'freeze' });
    const late = world.itemOf(hague, known, { act: 'entry', ...world.acted });
    expect(await refused(hague, known, late)).toEqual(refusal('operation/transition'));
  });

  it('of an operation that there is not, in the name of another device, of another class or by a stranger is refused', async () => {
    const known = await world.plan(paris, [paris, hague]);
    const none = { operationId: '77'.repeat(16) as ObjectId, version: 0, hashes: new Map() };
    const first = world.itemOf(hague, none, { act: 'entry', ...world.acted });
    expect(await refused(hague, known, first)).toEqual(refusal('operation/unknown'));
    const message = world.world.say(world.state, hague).item;
    expect((await refused(hague, known, message))[0]).toBe('operations/item');
    const theirs = world.itemOf(hague, known, { act: 'entry', ...world.acted });
    expect(await refused(lyon, known, theirs)).toEqual(refusal('access/refused'));
    const strange = world.itemOf(stranger, known, { act: 'entry', ...world.acted });
    expect(await refused(stranger, known, strange)).toEqual(refusal('access/refused'));
  });

  it('of who was removed is refused, and their vote counts no more while nothing is decided', async () => {
    const known = await world.plan(paris, [paris, hague], {});
    await world.call(paris, known);
    await world.act(hague, known, world.vote(known, 1));
    const queued = world.itemOf(hague, known, { act: 'entry', ...world.acted });
    const remove = world.world.chains.link(world.state, linkTypes.remove, {
      ...{ signer: paris.device, body: about(hague.device.person.id) },
    });
    const { applied } = await world.world.append(paris, remove, world.state);
    world.state = applied?.state ?? world.state;
    expect(await refused(hague, known, queued)).toEqual(refusal('access/refused'));
    await world.act(paris, known, world.vote(known, 1));
    const { status } = await world.find(known);
    expect(status.stage).toBe('pending');
    expect([...(status.call?.votes.keys() ?? [])]).toEqual(['FR']);
  });
});
