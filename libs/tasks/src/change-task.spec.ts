import { databasePrincipalOf } from '@rogatory/audit';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Actor, asksToPost } from '@rogatory/cases/testing';
import { limits, type ObjectId } from '@rogatory/kernel';
import { actSubjects, linkTypes, taskActions, type TaskFacts, taskStates } from '@rogatory/protocol';
import { eachEngine } from '@rogatory/platform-database/testing';
import { SqlTaskStore } from './storage/sql-task.store.js';
import { type KnownTask, TaskWorld, taskWorldMigrations } from './testing/task-world.js';

const { accept, start, finish, verify, comment, edit, cancel } = taskActions;
const { proposed, accepted, inProgress, done, verified, cancelled } = taskStates;

eachEngine('a change of a task', { migrations: taskWorldMigrations }, (at) => {
  let tasks: TaskWorld;
  let paris: Actor;
  let hague: Actor;
  let lyon: Actor;
  let stranger: Actor;

  beforeAll(async () => {
    tasks = await TaskWorld.open(at.database(), { seed: 171, persons: 4, states: ['FR', 'NL'] });
    paris = tasks.world.actor(0);
    hague = tasks.world.actor(1);
    lyon = tasks.world.actor(2);
    stranger = tasks.world.actor(3);
  });
  afterAll(() => tasks.world.close());

  /** What a change that must not be taken comes to; it leaves a record and nothing else. */
  const refused = async (actor: Actor, known: KnownTask, item: Uint8Array): Promise<readonly string[]> => {
    const size = tasks.state.content.size;
    const told = await tasks.added(() => tasks.tasks.changeTask.run(asksToPost(actor, item), item));
    const row = (await tasks.list(paris)).tasks.find(({ taskId }) => taskId === known.taskId);
    expect({ version: row?.version, hash: row?.lastHash }).toEqual({ version: known.version, hash: known.itemHash });
    expect(tasks.state.content.size).toBe(size);
    return told;
  };
  const step = (known: KnownTask, action: TaskFacts['action'], state: TaskFacts['state'], changes = {}) => {
    const { place, facts } = tasks.next(known, action, state, changes);
    return { place, facts };
  };
  const itemOf = (actor: Actor, { place, facts }: ReturnType<typeof step>, forged = {}) =>
    tasks.itemOf(actor, place, facts, forged);

  it('moves the task, and leaves a record', async () => {
    let task: KnownTask | undefined;
    expect(
      await tasks.added(async () => {
        task = await tasks.propose(paris, hague, { due: { timeMs: 1_900_000_000_000, zone: 'Europe/Paris' } });
      }),
    ).toEqual(['done', 'task.change allowed ok']);
    let known = task as KnownTask;
    known = await tasks.change(hague, known, { action: accept, state: accepted });
    known = await tasks.change(hague, known, { action: start, state: inProgress });
    known = await tasks.change(hague, known, { action: finish, state: done });
    known = await tasks.change(paris, known, { action: verify, state: verified });
    const row = (await tasks.list(hague)).tasks.find(({ taskId }) => taskId === known.taskId);
    expect(row).toMatchObject({
      ...{ version: 5, state: verified, owner: 'FR', doneBy: hague.device.person.id, dependencies: [] },
      ...{ due: { timeMs: 1_900_000_000_000, zone: 'Europe/Paris' }, position: tasks.state.content.size - 1 },
    });
  });

  it('that comes twice has one effect and one answer', async () => {
    const known = await tasks.propose(paris, hague);
    const { place, facts } = step(known, accept, accepted);
    const item = tasks.itemOf(hague, place, facts);
    const context = asksToPost(hague, item);
    const first = await tasks.tasks.changeTask.run(context, item);
    expect(await tasks.tasks.changeTask.run(context, item)).toEqual(first);
    // Under a new act the same bytes are no second change.
    const told = await tasks.added(() => tasks.tasks.changeTask.run(asksToPost(hague, item), item));
    expect(told).toEqual(['chain/sender-sequence', 'task.change denied chain/sender-sequence']);
    tasks.take(item);
  });

  it('for a version that is not the newest is refused with the one in force', async () => {
    const known = await tasks.propose(paris, hague);
    const moved = await tasks.change(hague, known, { action: accept, state: accepted });
    const item = itemOf(paris, step(known, comment, proposed));
    expect(await refused(paris, moved, item)).toEqual(['task/stale', 'task.change denied task/stale']);
    const again = tasks.tasks.changeTask.run(asksToPost(paris, item), item);
    await expect(again).rejects.toMatchObject({ code: 'task/stale', details: { version: 2 } });
  });

  describe('that the rule does not have', () => {
    const cases: readonly (readonly [string, string, (known: KnownTask) => readonly [Actor, Uint8Array]])[] = [
      ['by another state', 'task/side', (known) => [paris, itemOf(paris, step(known, accept, accepted))]],
      ['to what cannot follow', 'task/transition', (known) => [hague, itemOf(hague, step(known, finish, done))]],
      ['to another state than it says', 'task/facts', (known) => [hague, itemOf(hague, step(known, accept, done))]],
      [
        'of what it is not about',
        'task/facts',
        (known) => [hague, itemOf(hague, step(known, accept, accepted, { owner: 'NL' }))],
      ],
      [
        'on another history',
        'task/previous',
        (known) => [hague, itemOf(hague, step(known, accept, accepted, { previousHash: new Uint8Array(32).fill(7) }))],
      ],
      [
        'that waits for itself',
        'task/cycle',
        (known) => [paris, itemOf(paris, step(known, edit, proposed, { dependencies: [known.taskId] }))],
      ],
      [
        'that waits for nothing known',
        'task/dependency',
        (known) => [paris, itemOf(paris, step(known, edit, proposed, { dependencies: ['77'.repeat(16) as ObjectId] }))],
      ],
      [
        'from a clock that runs ahead',
        'chain/time',
        (known) => {
          const { timeMs, offsetMinutes } = tasks.world.chains.federation.time;
          const time = { timeMs: timeMs + limits.maxClockSkewMs + 1_000, offsetMinutes };
          return [hague, itemOf(hague, step(known, accept, accepted), { time })];
        },
      ],
    ];
    it.each(cases)('%s is refused: %s', async (_name, code, made) => {
      const known = await tasks.propose(paris, hague);
      const [actor, item] = made(known);
      expect(await refused(actor, known, item)).toEqual([code, `task.change denied ${code}`]);
    });
  });

  it('closes no circle through other tasks, and finishes none before what comes first', async () => {
    const first = await tasks.propose(paris, hague);
    const second = await tasks.propose(paris, hague, { dependencies: [first.taskId] });
    const circle = itemOf(paris, step(first, edit, proposed, { dependencies: [second.taskId] }));
    expect(await refused(paris, first, circle)).toEqual(['task/cycle', 'task.change denied task/cycle']);
    let known = await tasks.change(hague, second, { action: accept, state: accepted });
    known = await tasks.change(hague, known, { action: start, state: inProgress });
    const early = itemOf(hague, step(known, finish, done));
    expect(await refused(hague, known, early)).toEqual([
      'task/open-dependency',
      'task.change denied task/open-dependency',
    ]);
  });

  it('in the name of another device, of another class or by a stranger is refused', async () => {
    const known = await tasks.propose(paris, hague);
    const accepting = step(known, accept, accepted);
    const message = tasks.world.say(tasks.state, hague).item;
    expect((await refused(hague, known, message))[0]).toBe('tasks/item');
    const theirs = itemOf(hague, accepting);
    expect(await refused(lyon, known, theirs)).toEqual(['access/refused', 'task.change denied access/refused']);
    expect(await refused(stranger, known, itemOf(stranger, accepting))).toEqual([
      'access/refused',
      'task.change denied access/refused',
    ]);
  });

  it('is judged by the counts that whoever replays has: of all and of what is open, and how much of it is of one person', async () => {
    const counted = (by: Actor) =>
      at
        .database()
        .read(databasePrincipalOf(paris.acting.asks(actSubjects.listOwnTasks()).principal), (reader) =>
          new SqlTaskStore().counts(reader, tasks.state.compartmentId, by.device.person.id),
        );
    const before = await counted(paris);
    const known = await tasks.propose(paris, hague);
    const ended = await tasks.propose(paris, hague);
    const others = (await counted(hague)).allOfAuthor;
    await tasks.change(paris, ended, { action: cancel, state: cancelled });
    await tasks.change(hague, known, { action: accept, state: accepted });
    expect(await counted(paris)).toEqual({
      ...{ all: before.all + 2, open: before.open + 1 },
      ...{ allOfAuthor: before.allOfAuthor + 2, openOfAuthor: before.openOfAuthor + 1 },
    });
    expect((await counted(hague)).allOfAuthor).toBe(others);
  });

  it('made for an older head is answered with the newest and changes nothing', async () => {
    const known = await tasks.propose(paris, hague);
    const item = itemOf(hague, step(known, accept, accepted));
    const rotation = tasks.world.chains.link(tasks.state, linkTypes.rotate, { signer: paris.device });
    const { applied } = await tasks.world.append(paris, rotation, tasks.state);
    tasks.state = applied?.state ?? tasks.state;
    const { result } = await tasks.tasks.changeTask.run(asksToPost(hague, item), item);
    expect(result.kind).toBe('stale');
    const row = (await tasks.list(paris)).tasks.find(({ taskId }) => taskId === known.taskId);
    expect(row?.version).toBe(1);
  });
});
