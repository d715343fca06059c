import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Actor } from '@rogatory/cases/testing';
import { about } from '@rogatory/chain/testing';
import type { CompartmentId } from '@rogatory/kernel';
import { actSubjects, linkTypes, taskActions, type TaskFacts, taskStates, taskViews } from '@rogatory/protocol';
import { eachEngine } from '@rogatory/platform-database/testing';
import { type KnownTask, TaskWorld, taskWorldMigrations } from './testing/task-world.js';

const { accept, start, finish, cancel } = taskActions;
const { accepted, inProgress, done, cancelled } = taskStates;

eachEngine('the lists of tasks', { migrations: taskWorldMigrations }, (at) => {
  let tasks: TaskWorld;
  let paris: Actor;
  let hague: Actor;
  let stranger: Actor;

  beforeAll(async () => {
    tasks = await TaskWorld.open(at.database(), { seed: 172, persons: 5, states: ['FR', 'NL'] });
    paris = tasks.world.actor(0);
    hague = tasks.world.actor(1);
    stranger = tasks.world.actor(4);
  });
  afterAll(() => tasks.world.close());

  const idsOf = (found: readonly { readonly taskId: string }[]) => found.map(({ taskId }) => taskId);
  const dueAt = (offsetMs: number): Pick<TaskFacts, 'due'> => ({
    due: { timeMs: tasks.world.chains.federation.nowMs + offsetMs, zone: 'Etc/UTC' },
  });

  it('give every task of a compartment page by page, in the order of the ids', async () => {
    const made: KnownTask[] = [];
    for (let i = 0; i < 5; i++) made.push(await tasks.propose(paris, hague));
    const all = await tasks.list(hague);
    expect(idsOf(all.tasks)).toEqual(idsOf(made).toSorted());
    expect(all.hasMore).toBe(false);
    const first = await tasks.list(hague, { first: 3 });
    expect(first).toMatchObject({ hasMore: true, endCursor: first.tasks[2]?.taskId });
    const rest = await tasks.list(hague, { first: 3, after: first.tasks[2]?.taskId as KnownTask['taskId'] });
    expect([...idsOf(first.tasks), ...idsOf(rest.tasks)]).toEqual(idsOf(all.tasks));
    for (const known of made) await tasks.change(paris, known, { action: cancel, state: cancelled });
  });

  it('give a post what is with it, what is late, and what others or its own state have to do', async () => {
    const late = await tasks.propose(paris, hague, dueAt(-1_000));
    const soon = await tasks.propose(paris, hague, dueAt(60_000));
    const some = await tasks.propose(paris, hague);
    const office = { ...some.facts.assignee };
    delete (office as { postId?: string }).postId;
    const open = await tasks.propose(paris, hague, { assignee: office, ...dueAt(30_000) });
    let ended = await tasks.propose(paris, hague);
    ended = await tasks.change(hague, ended, { action: accept, state: accepted });
    ended = await tasks.change(hague, ended, { action: start, state: inProgress });
    ended = await tasks.change(hague, ended, { action: finish, state: done });

    const order = [late, open, soon, some].map(({ taskId }) => taskId);
    expect(idsOf((await tasks.own(hague, taskViews.mine)).tasks)).toEqual(order);
    expect(idsOf((await tasks.own(hague, taskViews.overdue)).tasks)).toEqual([late.taskId]);
    expect(idsOf((await tasks.own(paris, taskViews.awaiting)).tasks)).toEqual(order);
    expect(idsOf((await tasks.own(paris, taskViews.review)).tasks)).toEqual([ended.taskId]);
    expect((await tasks.own(paris, taskViews.mine)).tasks).toEqual([]);
    expect((await tasks.own(hague, taskViews.awaiting)).tasks).toEqual([]);

    const walked: string[] = [];
    let after: string | undefined;
    for (let hasMore = true; hasMore; ) {
      const page = await tasks.own(hague, taskViews.mine, { first: 1, after });
      walked.push(...idsOf(page.tasks));
      ({ hasMore } = page);
      after = page.endCursor;
    }
    expect(walked).toEqual(order);
  });

  it('are refused for a view or a cursor that there is not', async () => {
    const asks = () => hague.acting.asks(actSubjects.listOwnTasks());
    await expect(tasks.tasks.readTasks.own(asks(), { view: 9 })).rejects.toMatchObject({ code: 'tasks/page' });
    for (const after of ['', '1-2-3', `99999999999999999-${'0'.repeat(64)}-${'0'.repeat(32)}`]) {
      await expect(tasks.tasks.readTasks.own(asks(), { view: 1, after })).rejects.toMatchObject({ code: 'tasks/page' });
    }
  });

  it('show nothing to whoever is no member, or no member any more; each look leaves a record', async () => {
    const id: CompartmentId = tasks.state.compartmentId;
    const list = (actor: Actor) =>
      tasks.added(() =>
        tasks.tasks.readTasks.list(actor.acting.asks(actSubjects.listTasks(id)), { compartmentId: id }),
      );
    expect(await list(stranger)).toEqual(['access/refused', 'task.list denied access/refused']);
    expect((await tasks.own(stranger, taskViews.awaiting)).tasks).toEqual([]);
    expect(await list(hague)).toEqual(['done', 'task.list allowed ok']);
    expect((await tasks.own(hague, taskViews.mine)).tasks.length).toBeGreaterThan(0);
    const body = about(hague.device.person.id);
    const removal = tasks.world.chains.link(tasks.state, linkTypes.remove, { signer: paris.device, body });
    const { applied } = await tasks.world.append(paris, removal, tasks.state);
    tasks.state = applied?.state ?? tasks.state;
    expect((await tasks.own(hague, taskViews.mine)).tasks).toEqual([]);
    expect(await list(hague)).toEqual(['access/refused', 'task.list denied access/refused']);
  });
});
