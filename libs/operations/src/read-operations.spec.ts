import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Actor } from '@rogatory/cases/testing';
import type { ObjectId } from '@rogatory/kernel';
import { actSubjects } from '@rogatory/protocol';
import { eachEngine } from '@rogatory/platform-database/testing';
import { OperationWorld, operationWorldMigrations } from './testing/operation-world.js';

eachEngine('the list of operations', { migrations: operationWorldMigrations }, (at) => {
  let world: OperationWorld;
  let paris: Actor;
  let hague: Actor;
  let stranger: Actor;

  beforeAll(async () => {
    world = await OperationWorld.open(at.database(), { seed: 272, persons: 4, states: ['FR', 'NL'] });
    paris = world.world.actor(0);
    hague = world.world.actor(1);
    stranger = world.world.actor(3);
  });
  afterAll(() => world.world.close());

  it('gives every operation of a compartment page by page, in the order of the ids', async () => {
    const made: ObjectId[] = [];
    for (let i = 0; i < 3; i++) made.push((await world.plan(paris, [paris, hague])).operationId);
    const idsOf = ({ operations }: Awaited<ReturnType<typeof world.list>>) =>
      operations.map(({ status }) => status.operationId);
    const all = await world.list(hague);
    expect(idsOf(all)).toEqual(made.toSorted());
    const first = await world.list(hague, { first: 2 });
    expect(first).toMatchObject({ hasMore: true, endCursor: made.toSorted()[1] });
    const rest = await world.list(hague, { first: 2, after: made.toSorted()[1] as ObjectId });
    expect([...idsOf(first), ...idsOf(rest)]).toEqual(idsOf(all));
    expect(rest.hasMore).toBe(false);
  });

  it('shows nothing to whoever is no member; each look leaves a record', async () => {
    const { compartmentId } = world.state;
    const list = (actor: Actor) =>
      world.added(() =>
        world.operations.readOperations.list(actor.acting.asks(actSubjects.listOperations(compartmentId)), {
          compartmentId,
        }),
      );
    expect(await list(hague)).toEqual(['done', 'operation.list allowed ok']);
    expect(await list(stranger)).toEqual(['access/refused', 'operation.list denied access/refused']);
  });
});
