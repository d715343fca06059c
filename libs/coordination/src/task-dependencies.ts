import type { ObjectId } from '@rogatory/kernel';
import { dependencyCycle } from './task.errors.js';

const MINUTE_MS = 60_000;

/** Whether one of these tasks is, or comes after, the goal. Visits each task once. */
export function leadsTo<Id extends string>(
  starts: readonly Id[],
  goal: Id,
  dependenciesOf: (id: Id) => readonly Id[],
): boolean {
  const seen = new Set<Id>();
  const open = [...starts];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (id === goal) return true;
    if (seen.has(id)) continue;
    seen.add(id);
    open.push(...dependenciesOf(id));
  }
  return false;
}

/** What is planned for one task. */
export interface PlannedTask {
  readonly taskId: ObjectId;
  readonly dependencies: readonly ObjectId[];
  /** Work that is left, as estimated; 0 for what is closed and for what nobody estimated. */
  readonly minutesLeft: number;
  readonly dueMs?: number;
}

/** When a task can be worked on at the earliest, and must be done at the latest. */
export interface TaskWindow {
  readonly earliestStartMs: number;
  readonly earliestEndMs: number;
  /** Absent where neither the task nor anything that comes after it is due. */
  readonly latestEndMs?: number;
  /** Time to spare; negative for how much too late it will be. */
  readonly slackMs?: number;
}

export interface TaskPlan {
  /** The chain of tasks that decides when everything is done, first to last. */
  readonly criticalPath: readonly ObjectId[];
  readonly endMs: number;
  readonly windows: ReadonlyMap<ObjectId, TaskWindow>;
}

/**
 * Computes the critical path: the longest chain of dependencies by the estimates of the work that is left. Due times
 * decide how much time there is to spare. Dependencies on tasks that are not among them count as done.
 * @throws RefusedError `task/cycle`.
 */
export function planTasks(tasks: readonly PlannedTask[], nowMs: number): TaskPlan {
  const byId = new Map(tasks.map((task) => [task.taskId, task]));
  const order = inOrder(byId);
  const ends = new Map<ObjectId, number>();
  const leading = new Map<ObjectId, ObjectId>();
  for (const { taskId, dependencies, minutesLeft } of order) {
    const last = latest(dependencies, ends);
    if (last !== undefined) leading.set(taskId, last);
    ends.set(taskId, (last === undefined ? nowMs : (ends.get(last) ?? nowMs)) + minutesLeft * MINUTE_MS);
  }
  const goal = latest(
    order.map(({ taskId }) => taskId),
    ends,
  );
  return {
    criticalPath: goal === undefined ? [] : chainTo(goal, leading),
    endMs: goal === undefined ? nowMs : (ends.get(goal) ?? nowMs),
    windows: windowsOf(order, ends),
  };
}

/** The task that ends last; of several, the one with the smallest id, so that everybody computes the same. */
function latest(ids: readonly ObjectId[], ends: ReadonlyMap<ObjectId, number>): ObjectId | undefined {
  let found: ObjectId | undefined;
  for (const id of ids) {
    const end = ends.get(id);
    if (end === undefined) continue;
    const best = found === undefined ? Number.NEGATIVE_INFINITY : (ends.get(found) ?? 0);
    if (end > best || (end === best && found !== undefined && id < found)) found = id;
  }
  return found;
}

function chainTo(goal: ObjectId, leading: ReadonlyMap<ObjectId, ObjectId>): readonly ObjectId[] {
  const chain: ObjectId[] = [];
  for (let id: ObjectId | undefined = goal; id !== undefined; id = leading.get(id)) chain.unshift(id);
  return chain;
}

function windowsOf(order: readonly PlannedTask[], ends: ReadonlyMap<ObjectId, number>): Map<ObjectId, TaskWindow> {
  const byWhen = new Map<ObjectId, number>();
  const demand = (id: ObjectId, ms: number) => byWhen.set(id, Math.min(byWhen.get(id) ?? ms, ms));
  for (const { taskId, dependencies, minutesLeft, dueMs } of order.toReversed()) {
    if (dueMs !== undefined) demand(taskId, dueMs);
    const latestEndMs = byWhen.get(taskId);
    if (latestEndMs === undefined) continue;
    for (const id of dependencies) demand(id, latestEndMs - minutesLeft * MINUTE_MS);
  }
  return new Map(
    order.map(({ taskId, minutesLeft }) => {
      const earliestEndMs = ends.get(taskId) ?? 0;
      const span = { earliestStartMs: earliestEndMs - minutesLeft * MINUTE_MS, earliestEndMs };
      const latestEndMs = byWhen.get(taskId);
      const spare = latestEndMs === undefined ? {} : { latestEndMs, slackMs: latestEndMs - earliestEndMs };
      return [taskId, { ...span, ...spare }];
    }),
  );
}

/** Every task behind those it depends on. */
function inOrder(byId: ReadonlyMap<ObjectId, PlannedTask>): readonly PlannedTask[] {
  const order: PlannedTask[] = [];
  const placed = new Set<ObjectId>();
  const waiting = new Map<ObjectId, number>();
  const followers = new Map<ObjectId, ObjectId[]>();
  for (const { taskId, dependencies } of byId.values()) {
    const known = dependencies.filter((id) => byId.has(id));
    waiting.set(taskId, known.length);
    for (const id of known) followers.set(id, [...(followers.get(id) ?? []), taskId]);
  }
  const free = [...waiting].filter(([, count]) => count === 0).map(([id]) => id);
  for (let id = free.shift(); id !== undefined; id = free.shift()) {
    placed.add(id);
    order.push(byId.get(id) as PlannedTask);
    for (const next of followers.get(id) ?? []) {
      const left = (waiting.get(next) ?? 0) - 1;
      waiting.set(next, left);
      if (left === 0) free.push(next);
    }
  }
  if (placed.size < byId.size) throw dependencyCycle();
  return order;
}
