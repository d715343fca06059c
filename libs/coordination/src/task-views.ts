import type { AuthorityId, PostId } from '@rogatory/kernel';
import { taskStates, type TaskView, taskViews } from '@rogatory/protocol';
import type { Task } from './task.js';

/** Whose work is looked at. */
export interface WorkPost {
  readonly state: string;
  readonly authorityId: AuthorityId;
  readonly postId: PostId;
}

const { proposed, accepted, inProgress, blocked, done } = taskStates;
const open: ReadonlySet<number> = new Set([proposed, accepted, inProgress, blocked]);

/**
 * Whether a task belongs into a view of the own work: the rule by which servers list and clients check what is listed.
 * SPEC: tasks 5 — 1 with the own post, or with the own authority while no post is named; 2 of these, what is overdue;
 * 3 what belongs to the own state and is open with others; 4 what belongs to the own state and is reported done.
 */
export function isInView(
  task: Pick<Task, 'state' | 'owner' | 'assignee' | 'due'>,
  view: TaskView,
  { post, nowMs }: { readonly post: WorkPost; readonly nowMs: number },
): boolean {
  const { state, owner, assignee, due } = task;
  const isOwn =
    assignee.authorityId === post.authorityId &&
    assignee.state === post.state &&
    (assignee.postId ?? post.postId) === post.postId;
  const isOpen = open.has(state);
  switch (view) {
    case taskViews.mine:
      return isOpen && isOwn;
    case taskViews.overdue:
      return isOpen && isOwn && due !== undefined && due.timeMs < nowMs;
    case taskViews.awaiting:
      return isOpen && owner === post.state && !isOwn;
    case taskViews.review:
      return state === done && owner === post.state;
  }
}
