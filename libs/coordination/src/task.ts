import { type AuthorityId, equalBytes, limits, type ObjectId, type PersonId, type PostId } from '@rogatory/kernel';
import {
  type CaseRole,
  caseRoles,
  sizes,
  type TaskAssignee,
  type TaskDue,
  type TaskFacts,
  taskActions,
  type TaskState,
  taskStates,
} from '@rogatory/protocol';
import {
  dependencyCycle,
  noTransition,
  openDependency,
  ownWork,
  staleTask,
  tooMany,
  unknownDependency,
  wrongFacts,
  wrongPrevious,
  wrongSide,
} from './task.errors.js';
import { leadsTo } from './task-dependencies.js';
import { isPossible, nextTaskState, type TaskSide } from './task-transitions.js';

/** Who changes a task: what the chain says of the sender at the item's place. */
export interface TaskActor {
  readonly personId: PersonId;
  readonly postId: PostId;
  readonly authorityId: AuthorityId;
  /** State of the authority. */
  readonly state: string;
  readonly role: CaseRole;
}

/** A task as its accepted changes made it. Holds nothing of what is sealed. */
export interface Task {
  readonly taskId: ObjectId;
  /** Counts the changes, from 1. */
  readonly version: number;
  readonly state: TaskState;
  /** Item hash of the newest change. */
  readonly lastHash: Uint8Array;
  readonly owner: string;
  readonly assignee: TaskAssignee;
  readonly due?: TaskDue;
  readonly dependencies: readonly ObjectId[];
  /** Who made the first change: what one person proposed is bounded. */
  readonly proposedBy: PersonId;
  /** Who reported it done, since it is done. */
  readonly doneBy?: PersonId;
}

/** One change as it came, its signature and its author's right already verified. */
export interface TaskChange {
  readonly taskId: ObjectId;
  /** Of the item. */
  readonly version: number;
  readonly itemHash: Uint8Array;
  readonly facts: TaskFacts;
  readonly actor: TaskActor;
}

/** How many tasks a compartment has, and how many of them one person proposed; open is what is not closed. */
export interface TaskCounts {
  readonly all: number;
  readonly open: number;
  readonly allOfAuthor: number;
  readonly openOfAuthor: number;
}

/** The other tasks of the compartment. */
export interface TaskLookup {
  /** Asked for a first change alone. */
  counts(author: PersonId): TaskCounts;
  find(id: ObjectId): Pick<Task, 'state' | 'dependencies'> | undefined;
}

const { propose, assign, handOver, edit, finish, verify } = taskActions;
const settled: readonly TaskState[] = [taskStates.done, taskStates.verified, taskStates.cancelled];

/**
 * Judges one change and gives the task after it: the one rule of the server that accepts and of everybody who replays.
 * @param current the task before; undefined where there is none of this id.
 * @throws RefusedError `task/stale` with the version in force, `task/transition`, `task/side`, `task/doer`, `task/cycle`,
 * `task/dependency`, `task/open-dependency`, `task/limit`; VerificationError `task/previous`, `task/facts`.
 */
export function changeTask(current: Task | undefined, change: TaskChange, others: TaskLookup): Task {
  const { facts, taskId, version, itemHash, actor } = change;
  checkVersion(current, change);
  const state = stateAfter(current, change);
  if (facts.action === verify && current?.doneBy === actor.personId) throw ownWork();
  if (facts.state !== state || !restates(current, facts)) throw wrongFacts();
  if (current === undefined) checkCounts(others.counts(actor.personId));
  checkDependencies(change, others);
  const doneBy = doerAfter(current, change);
  const { owner, assignee, due, dependencies } = facts;
  return {
    ...{ taskId, version, state, lastHash: itemHash, owner, assignee, dependencies },
    proposedBy: current?.proposedBy ?? actor.personId,
    ...(due === undefined ? {} : { due }),
    ...(doneBy === undefined ? {} : { doneBy }),
  };
}

/** On whose behalf somebody may act on a task that is assigned so. */
export function sidesOf(task: Pick<Task, 'owner' | 'assignee'>, actor: TaskActor): ReadonlySet<TaskSide> {
  const { owner, assignee } = task;
  const sides = new Set<TaskSide>(['member']);
  if (actor.state === owner) sides.add('owner');
  if (actor.role === caseRoles.lead) sides.add('lead');
  if (actor.authorityId === assignee.authorityId && actor.state === assignee.state) {
    sides.add('office');
    if ((assignee.postId ?? actor.postId) === actor.postId) sides.add('assignee');
  }
  return sides;
}

/** SPEC: tasks 3 — the version follows the one in force and names its hash; nothing is overwritten. */
function checkVersion(current: Task | undefined, { version, facts }: TaskChange): void {
  const before = current?.version ?? 0;
  if (version !== before + 1) throw staleTask(before);
  if (version > limits.maxTaskChanges) throw tooMany(limits.maxTaskChanges);
  if (!equalBytes(facts.previousHash, current?.lastHash ?? new Uint8Array(sizes.hash))) throw wrongPrevious();
}

/** A proposal is judged by what it states, every later change by what the task is. */
function stateAfter(current: Task | undefined, { facts, actor }: TaskChange): TaskState {
  const from = current?.state;
  for (const side of sidesOf(current ?? facts, actor)) {
    const next = nextTaskState(from, facts.action, side);
    if (next !== undefined) return next;
  }
  throw isPossible(from, facts.action) ? wrongSide() : noTransition(from);
}

/** SPEC: tasks 3 — a change states again whatever it does not change. */
function restates(current: Task | undefined, { action, owner, assignee, due, dependencies }: TaskFacts): boolean {
  if (current === undefined) return true;
  const isSamePlan =
    action === edit ||
    (due?.timeMs === current.due?.timeMs &&
      due?.zone === current.due?.zone &&
      dependencies.length === current.dependencies.length &&
      dependencies.every((id, i) => id === current.dependencies[i]));
  const before = current.assignee;
  const isSameOffice = assignee.authorityId === before.authorityId && assignee.state === before.state;
  const isSamePost = action === handOver || assignee.postId === before.postId;
  return owner === current.owner && isSamePlan && (action === assign || (isSameOffice && isSamePost));
}

/** SPEC: tasks 3 — open ones and all are bounded, and of each what one person proposed. */
function checkCounts({ all, open, allOfAuthor, openOfAuthor }: TaskCounts): void {
  const bounds = [
    [open, limits.maxOpenTasksPerCompartment],
    [all, limits.maxTasksPerCompartment],
    [openOfAuthor, limits.maxOpenTasksPerAuthor],
    [allOfAuthor, limits.maxTasksPerAuthor],
  ] as const;
  for (const [count, most] of bounds) if (count >= most) throw tooMany(most);
}

function checkDependencies({ taskId, facts }: TaskChange, others: TaskLookup): void {
  const { action, dependencies } = facts;
  if (action === propose || action === edit) {
    if (dependencies.includes(taskId)) throw dependencyCycle();
    if (dependencies.some((id) => others.find(id) === undefined)) throw unknownDependency();
    if (leadsTo(dependencies, taskId, (id) => others.find(id)?.dependencies ?? [])) throw dependencyCycle();
  }
  const isOpen = (id: ObjectId) => !settled.includes(others.find(id)?.state ?? taskStates.proposed);
  if (action === finish && dependencies.some(isOpen)) throw openDependency();
}

function doerAfter(current: Task | undefined, { facts, actor }: TaskChange): PersonId | undefined {
  if (facts.action === finish) return actor.personId;
  const isStill = facts.state === taskStates.done || facts.state === taskStates.verified;
  return isStill ? current?.doneBy : undefined;
}
