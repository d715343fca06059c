import type { ObjectId } from '@rogatory/kernel';
import { caseRoles, type TaskAction, type TaskFacts, taskActions, type TaskState } from '@rogatory/protocol';
import * as fc from 'fast-check';
import type { Task, TaskActor, TaskChange } from '../task.js';
import { nextTaskState, taskSides } from '../task-transitions.js';
import { sidesOf } from '../task.js';

const short = <Id extends string>(pair: string): Id => pair.repeat(16) as Id;

/** Two posts of one French authority, one of another, and one of a Dutch one. */
export const actors: readonly TaskActor[] = [
  { personId: short('01'), postId: short('11'), authorityId: short('a1'), state: 'FR', role: caseRoles.lead },
  { personId: short('02'), postId: short('12'), authorityId: short('a1'), state: 'FR', role: caseRoles.contributor },
  { personId: short('03'), postId: short('13'), authorityId: short('a2'), state: 'FR', role: caseRoles.contributor },
  { personId: short('04'), postId: short('14'), authorityId: short('b1'), state: 'NL', role: caseRoles.contributor },
  { personId: short('05'), postId: short('15'), authorityId: short('b1'), state: 'NL', role: caseRoles.liaison },
];

export const taskIds: readonly ObjectId[] = ['c1', 'c2', 'c3', 'c4'].map((pair) => short<ObjectId>(pair));
export const zeroHash = new Uint8Array(32);
export const hashOf = (number: number): Uint8Array => new Uint8Array(32).fill(number % 251 || 1);

export const [leadFR, officerFR, otherFR, officerNL, colleagueNL] = actors as [
  TaskActor,
  TaskActor,
  TaskActor,
  TaskActor,
  TaskActor,
];

/** A first change of a task: France asks a post in the Netherlands. */
export function proposal(changes: Partial<TaskFacts> = {}, of: Partial<TaskChange> = {}): TaskChange {
  const facts: TaskFacts = {
    ...{ action: taskActions.propose, state: 1, previousHash: zeroHash, owner: 'FR', dependencies: [] },
    assignee: { state: 'NL', authorityId: officerNL.authorityId, postId: officerNL.postId },
    ...changes,
  };
  const taskId = taskIds[0] as ObjectId;
  return { taskId, version: 1, itemHash: hashOf(1), actor: officerFR, ...of, facts };
}

/** The change that follows a task and states again everything it does not change. */
export function following(
  task: Task,
  action: TaskAction,
  actor: TaskActor,
  changes: Partial<TaskFacts> = {},
): TaskChange {
  const { taskId, version, lastHash, owner, assignee, due, dependencies } = task;
  const known = { owner, assignee, dependencies, ...(due === undefined ? {} : { due }) };
  const facts = { action, state: stateFor(task, action, actor), previousHash: lastHash, ...known, ...changes };
  return { taskId, version: version + 1, itemHash: hashOf(version + 1), facts, actor };
}

/** What the table gives for whoever acts, or for anybody. */
function stateFor(task: Task, action: TaskAction, actor: TaskActor): TaskState {
  const sides = [...sidesOf(task, actor), ...taskSides];
  return sides.map((side) => nextTaskState(task.state, action, side)).find((next) => next !== undefined) ?? task.state;
}

/** What a person tries: mostly sensible, sometimes not. */
export interface Attempt {
  readonly task: number;
  readonly action: TaskAction;
  readonly actor: number;
  readonly assignee: number;
  readonly dependencies: readonly number[];
  readonly dueMs: number;
  /** 0 for a change that follows, else how it does not. */
  readonly fault: number;
}

export const attempts: fc.Arbitrary<readonly Attempt[]> = fc.array(
  fc.record({
    task: fc.nat(taskIds.length - 1),
    action: fc.constantFrom(...Object.values(taskActions)),
    actor: fc.nat(actors.length - 1),
    assignee: fc.nat(actors.length - 1),
    dependencies: fc.subarray(
      taskIds.map((_, index) => index),
      { maxLength: 2 },
    ),
    dueMs: fc.nat(3),
    fault: fc.nat(12),
  }),
  { minLength: 20, maxLength: 80 },
);

/** Who may bring a task how further towards its end. */
function openTo(task: Task): readonly (readonly [TaskAction, TaskActor])[] {
  const { accept, start, finish, sendBack, verify } = taskActions;
  const actions: readonly TaskAction[] = [accept, start, finish, sendBack, verify];
  return actors.flatMap((actor) =>
    actions
      .filter((action) =>
        [...sidesOf(task, actor)].some((side) => nextTaskState(task.state, action, side) !== undefined),
      )
      .map((action) => [action, actor] as const),
  );
}

/** Most attempts do what is open to somebody, so that tasks get anywhere; the others do anything. */
function aimed(attempt: Attempt, task: Task): readonly [TaskAction, TaskActor] {
  const open = openTo(task);
  const found = attempt.fault < 4 ? undefined : open[(7 * attempt.action + attempt.actor) % Math.max(1, open.length)];
  return found ?? [attempt.action, actors[attempt.actor] as TaskActor];
}

function firstOf({ action, actor, fault }: Attempt): readonly [TaskAction, TaskActor] {
  return [fault < 4 ? action : taskActions.propose, actors[actor] as TaskActor];
}

/** The change that an attempt comes to when the task is as it is. */
export function changeOf(attempt: Attempt, task: Task | undefined, count: number): TaskChange {
  const { postId, authorityId, state } = actors[attempt.assignee] as TaskActor;
  const [action, actor] = task === undefined ? firstOf(attempt) : aimed(attempt, task);
  const plan = {
    dependencies: attempt.dependencies.map((index) => taskIds[index] as ObjectId),
    ...(attempt.dueMs === 0 ? {} : { due: { timeMs: attempt.dueMs, zone: 'Europe/Paris' } }),
  };
  const assignee = { state, authorityId, postId };
  const made =
    task === undefined
      ? proposal({ action, owner: actor.state, assignee, ...plan }, { actor, itemHash: hashOf(count) })
      : following(task, action, actor, {
          ...(action === taskActions.edit || attempt.fault === 4 ? plan : {}),
          ...(action === taskActions.assign ? { assignee } : {}),
          ...(action === taskActions.handOver ? { assignee: { ...task.assignee, postId } } : {}),
        });
  const change = { ...made, taskId: taskIds[attempt.task] as ObjectId, itemHash: hashOf(count) };
  if (attempt.fault === 1) return { ...change, version: change.version - 1 };
  if (attempt.fault === 2) return { ...change, version: change.version + 1 };
  if (attempt.fault === 3) return { ...change, facts: { ...change.facts, previousHash: hashOf(250) } };
  return change;
}
