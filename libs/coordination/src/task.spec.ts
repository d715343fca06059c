import { describe, expect, it } from '@jest/globals';
import { limits, type ObjectId } from '@rogatory/kernel';
import { taskActions, taskStates } from '@rogatory/protocol';
import { TaskBoard } from './task-board.js';
import { changeTask, type Task, type TaskChange, type TaskCounts, type TaskLookup } from './task.js';
import { codeOf } from './testing/code-of.js';
import {
  colleagueNL,
  following,
  hashOf,
  leadFR,
  officerFR,
  officerNL,
  otherFR,
  proposal,
  taskIds,
} from './testing/random-tasks.js';

const none = { all: 0, open: 0, allOfAuthor: 0, openOfAuthor: 0 };
const alone: TaskLookup = { counts: () => none, find: () => undefined };
const proposed = changeTask(undefined, proposal(), alone);

function after(...steps: readonly (readonly [keyof typeof taskActions, Parameters<typeof following>[2]])[]): Task {
  return steps.reduce(
    (task, [action, actor]) => changeTask(task, following(task, taskActions[action], actor), alone),
    proposed,
  );
}

const refusalOf = (task: Task | undefined, change: TaskChange, others = alone): string =>
  codeOf(() => changeTask(task, change, others));

describe('a task', () => {
  it('goes from a proposal to its verification, each step by whose it is', () => {
    const done = after(['accept', officerNL], ['start', officerNL], ['finish', officerNL]);
    expect(done).toMatchObject({ version: 4, state: taskStates.done, doneBy: officerNL.personId });
    const verified = changeTask(done, following(done, taskActions.verify, otherFR), alone);
    expect(verified).toMatchObject({ version: 5, state: taskStates.verified, lastHash: hashOf(5) });
  });

  it('is not begun for another state', () => {
    expect(refusalOf(undefined, proposal({ owner: 'NL' }))).toBe('task/side');
  });

  it('is accepted across states by the other side alone, and there by the post that it names', () => {
    for (const actor of [officerFR, leadFR, colleagueNL]) {
      expect(refusalOf(proposed, following(proposed, taskActions.accept, actor))).toBe('task/side');
    }
  });

  it('that names an authority and no post is accepted by every post there', () => {
    const { postId: _, ...office } = proposed.assignee;
    const open = changeTask(undefined, proposal({ assignee: office }), alone);
    expect(changeTask(open, following(open, taskActions.accept, colleagueNL), alone).state).toBe(taskStates.accepted);
    expect(refusalOf(open, following(open, taskActions.accept, otherFR))).toBe('task/side');
  });

  it('refuses what its state does not allow', () => {
    expect(refusalOf(proposed, following(proposed, taskActions.finish, officerNL))).toBe('task/transition');
    const cancelled = after(['cancel', officerFR]);
    expect(refusalOf(cancelled, following(cancelled, taskActions.comment, officerFR))).toBe('task/transition');
    const told = (task: Task | undefined, change: TaskChange) => () => changeTask(task, change, alone);
    expect(told(cancelled, following(cancelled, taskActions.edit, officerFR))).toThrow(
      expect.objectContaining({ code: 'task/transition', details: { state: 'cancelled' } }),
    );
  });

  it('is not verified by whoever did it, also within one state', () => {
    const { authorityId, state, postId } = leadFR;
    const own = changeTask(undefined, proposal({ assignee: { authorityId, state, postId } }), alone);
    const steps = [taskActions.accept, taskActions.start, taskActions.finish] as const;
    const done = steps.reduce((task, action) => changeTask(task, following(task, action, leadFR), alone), own);
    expect(refusalOf(done, following(done, taskActions.verify, leadFR))).toBe('task/doer');
    expect(changeTask(done, following(done, taskActions.verify, officerFR), alone).state).toBe(taskStates.verified);
    const again = changeTask(done, following(done, taskActions.sendBack, officerFR), alone);
    expect(again).not.toHaveProperty('doneBy');
  });

  it('answers a stale change with the version in force, and a forged past with a failed check', () => {
    const accepted = after(['accept', officerNL]);
    const late = following(proposed, taskActions.edit, officerFR);
    expect(() => changeTask(accepted, late, alone)).toThrow(
      expect.objectContaining({ code: 'task/stale', details: { version: 2 } }),
    );
    expect(refusalOf(undefined, following(proposed, taskActions.accept, officerNL))).toBe('task/stale');
    const forged = following(accepted, taskActions.start, officerNL, { previousHash: hashOf(9) });
    expect(refusalOf(accepted, forged)).toBe('task/previous');
  });

  it('stays as it is in everything that a change is not about', () => {
    const accepted = after(['accept', officerNL]);
    const due = { timeMs: 5, zone: 'Europe/Paris' };
    const { start, edit, assign, handOver } = taskActions;
    const { assignee } = accepted;
    const toOther = { assignee: { ...assignee, postId: colleagueNL.postId } };
    const wrong: readonly TaskChange[] = [
      following(accepted, start, officerNL, { due }),
      following(accepted, start, officerNL, { dependencies: [taskIds[1] as ObjectId] }),
      following(accepted, start, officerNL, toOther),
      following(accepted, start, officerNL, { owner: 'NL' }),
      following(accepted, start, officerNL, { state: taskStates.done }),
      following(accepted, edit, officerFR, toOther),
      following(accepted, assign, officerFR, { due }),
      following(accepted, handOver, colleagueNL, { assignee: { ...assignee, state: 'FR' } }),
    ];
    expect(wrong.map((change) => refusalOf(accepted, change))).toEqual(wrong.map(() => 'task/facts'));
    expect(changeTask(accepted, following(accepted, edit, officerFR, { due }), alone)).toMatchObject({ due });
    expect(changeTask(accepted, following(accepted, handOver, colleagueNL, toOther), alone)).toMatchObject(toOther);
  });

  it('that is assigned anew waits for the new side to accept', () => {
    const started = after(['accept', officerNL], ['start', officerNL]);
    const { state, authorityId, postId } = otherFR;
    const change = following(started, taskActions.assign, officerFR, { assignee: { state, authorityId, postId } });
    const assigned = changeTask(started, change, alone);
    expect(assigned.state).toBe(taskStates.proposed);
    expect(refusalOf(assigned, following(assigned, taskActions.accept, officerNL))).toBe('task/side');
  });
});

describe('dependencies', () => {
  const [first, second] = taskIds as [ObjectId, ObjectId];
  const board = () => {
    const made = new TaskBoard();
    made.apply(proposal());
    made.apply(proposal({ dependencies: [first] }, { taskId: second }));
    return made;
  };

  it('are tasks of the compartment', () => {
    expect(codeOf(() => new TaskBoard().apply(proposal({ dependencies: [second] })))).toBe('task/dependency');
  });

  it('never go round in a circle', () => {
    const tasks = board();
    const task = tasks.find(first) as Task;
    const circle = following(task, taskActions.edit, officerFR, { dependencies: [second] });
    expect(codeOf(() => tasks.apply(circle))).toBe('task/cycle');
    const self = following(task, taskActions.edit, officerFR, { dependencies: [first] });
    expect(codeOf(() => tasks.apply(self))).toBe('task/cycle');
    expect(tasks.find(first)).toEqual(task);
  });

  it('come first: a task is not done before those it waits for', () => {
    const tasks = board();
    const act = (id: ObjectId, action: keyof typeof taskActions, actor = officerNL) =>
      tasks.apply(following(tasks.find(id) as Task, taskActions[action], actor));
    for (const action of ['accept', 'start'] as const) act(second, action);
    expect(codeOf(() => act(second, 'finish'))).toBe('task/open-dependency');
    act(first, 'cancel', officerFR);
    expect(act(second, 'finish').state).toBe(taskStates.done);
  });

  it('and tasks are not without number', () => {
    const full: readonly (readonly [keyof TaskCounts, number])[] = [
      ['open', limits.maxOpenTasksPerCompartment],
      ['all', limits.maxTasksPerCompartment],
      ['openOfAuthor', limits.maxOpenTasksPerAuthor],
      ['allOfAuthor', limits.maxTasksPerAuthor],
    ];
    for (const [name, most] of full) {
      const others = (count: number) => ({ ...alone, counts: () => ({ ...none, [name]: count }) });
      expect(refusalOf(undefined, proposal(), others(most))).toBe('task/limit');
      expect(changeTask(undefined, proposal(), others(most - 1)).version).toBe(1);
    }
    const long = { ...proposed, version: limits.maxTaskChanges };
    expect(refusalOf(long, following(long, taskActions.comment, officerFR))).toBe('task/limit');
  });

  it('one member cannot fill a compartment: whoever has as many open as one may leaves the place of the others', () => {
    const tasks = new TaskBoard();
    const idOf = (index: number) => index.toString(16).padStart(32, '0') as ObjectId;
    const propose = (index: number, changes = {}) => tasks.apply(proposal({}, { taskId: idOf(index), ...changes }));
    for (let i = 0; i < limits.maxOpenTasksPerAuthor; i++) propose(i);
    const next = limits.maxOpenTasksPerAuthor;
    expect(codeOf(() => propose(next))).toBe('task/limit');
    expect(propose(next, { actor: leadFR }).proposedBy).toBe(leadFR.personId);
    const end = following(tasks.find(idOf(0)) as Task, taskActions.cancel, leadFR);
    expect(tasks.apply(end).proposedBy).toBe(officerFR.personId);
    expect(propose(next + 1).version).toBe(1);
    const counts = { all: next + 2, open: next + 1, allOfAuthor: next + 1, openOfAuthor: next };
    expect(tasks.counts(officerFR.personId)).toEqual(counts);
  });
});
