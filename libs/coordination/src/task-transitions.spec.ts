import { describe, expect, it } from '@jest/globals';
import { type TaskAction, type TaskState, taskActions, taskStates } from '@rogatory/protocol';
import { isClosedTask, nextTaskState, type TaskSide, taskSides } from './task-transitions.js';

const states: readonly TaskState[] = Object.values(taskStates);
const actions: readonly TaskAction[] = Object.values(taskActions);
const rows = states.flatMap((from) =>
  actions.flatMap((action) =>
    taskSides.map((side) => ({ from, action, side, next: nextTaskState(from, action, side) })),
  ),
);
const allowed = rows.filter(({ next }) => next !== undefined);

describe('transitions of tasks', () => {
  it('begin with a proposal of the owning state and with nothing else', () => {
    const begun = actions.flatMap((action) =>
      taskSides.filter((side) => nextTaskState(undefined, action, side) !== undefined).map((side) => [action, side]),
    );
    expect(begun).toEqual([[taskActions.propose, 'owner']]);
    expect(allowed.filter(({ action }) => action === taskActions.propose)).toEqual([]);
  });

  it('let nobody out of a closed task', () => {
    expect(allowed.filter(({ from }) => isClosedTask(from))).toEqual([]);
  });

  it('let only the assignee accept, start, block, finish and decline, and only the owning state verify', () => {
    const own = new Map<TaskState | undefined, TaskSide>([
      [taskStates.accepted, 'assignee'],
      [taskStates.declined, 'assignee'],
      [taskStates.blocked, 'assignee'],
      [taskStates.done, 'assignee'],
      [taskStates.verified, 'owner'],
    ]);
    const others = allowed.filter(({ from, next, side }) => next !== from && (own.get(next) ?? side) !== side);
    expect(others).toEqual([]);
  });

  it('lead from a proposal to every state', () => {
    const reached = new Set<TaskState>([taskStates.proposed]);
    for (const state of reached) {
      for (const { from, next } of allowed) if (from === state && next !== undefined) reached.add(next);
    }
    expect(reached).toEqual(new Set(states));
  });
});
