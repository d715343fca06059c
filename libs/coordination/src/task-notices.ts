import type { ObjectId } from '@rogatory/kernel';
import { type TaskState, taskStates } from '@rogatory/protocol';
import type { Task } from './task.js';

/** What somebody is told about a task, and who it is for. */
export interface TaskNotice {
  readonly taskId: ObjectId;
  readonly kind: 'unanswered' | 'reminder' | 'overdue' | 'escalation' | 'unverified';
  readonly to: 'assignee' | 'owner' | 'lead';
  readonly atMs: number;
}

/** Spans in milliseconds, each at most once per task. */
export interface NoticePlan {
  /** Before the due time, to the assignee. */
  readonly remindBeforeMs: readonly number[];
  /** After the due time, to those who lead. */
  readonly escalateAfterMs: readonly number[];
  /** After a proposal that nobody answered, to the owner. */
  readonly unansweredAfterMs: number;
  /** After a report of completion that nobody verified, to the owner. */
  readonly unverifiedAfterMs: number;
}

/** A task with the moment since which it is in its state. */
export interface WatchedTask extends Pick<Task, 'taskId' | 'state' | 'due'> {
  readonly sinceMs: number;
}

const { proposed, accepted, inProgress, blocked, done } = taskStates;
const pending: readonly TaskState[] = [proposed, accepted, inProgress, blocked];

/**
 * The notices that fall due after one moment, up to and with another, earliest first. Whoever asks for adjoining spans
 * gets each notice once, and none again after a restart.
 */
export function noticesBetween(
  tasks: readonly WatchedTask[],
  plan: NoticePlan,
  { afterMs, untilMs }: { readonly afterMs: number; readonly untilMs: number },
): readonly TaskNotice[] {
  return tasks
    .flatMap((task) => noticesOf(task, plan))
    .filter(({ atMs }) => atMs > afterMs && atMs <= untilMs)
    .toSorted((a, b) => a.atMs - b.atMs || compare(a.taskId, b.taskId) || compare(a.kind, b.kind));
}

function noticesOf({ taskId, state, due, sinceMs }: WatchedTask, plan: NoticePlan): readonly TaskNotice[] {
  const notices: TaskNotice[] = [];
  if (state === proposed) {
    notices.push({ taskId, kind: 'unanswered', to: 'owner', atMs: sinceMs + plan.unansweredAfterMs });
  }
  if (state === done) {
    notices.push({ taskId, kind: 'unverified', to: 'owner', atMs: sinceMs + plan.unverifiedAfterMs });
  }
  if (due === undefined || !pending.includes(state)) return notices;
  const { timeMs } = due;
  for (const span of plan.remindBeforeMs) {
    notices.push({ taskId, kind: 'reminder', to: 'assignee', atMs: timeMs - span });
  }
  notices.push({ taskId, kind: 'overdue', to: 'assignee', atMs: timeMs });
  notices.push({ taskId, kind: 'overdue', to: 'owner', atMs: timeMs });
  for (const span of plan.escalateAfterMs) {
    notices.push({ taskId, kind: 'escalation', to: 'lead', atMs: timeMs + span });
  }
  return notices;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
