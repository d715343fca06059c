import { nameOf, type TaskAction, type TaskState, taskActions, taskStates } from '@rogatory/protocol';

/**
 * On whose behalf somebody changes a task. One person may be on several sides:
 * `owner` is everybody of the state that owns the task, `assignee` the post it is assigned to (every post of the authority
 * when none is named), `office` every post of the assignee's authority, `lead` who leads the compartment, `member`
 * everybody else who may change tasks there.
 */
export const taskSides = ['owner', 'assignee', 'office', 'lead', 'member'] as const;
export type TaskSide = (typeof taskSides)[number];

/** `next` is the state after the change; undefined where the change leaves the state as it is. */
interface Transition {
  readonly action: TaskAction;
  readonly from: readonly TaskState[];
  readonly by: readonly TaskSide[];
  readonly next?: TaskState;
}

const { proposed, accepted, declined, inProgress, blocked, done, verified, cancelled } = taskStates;
const underway = [accepted, inProgress, blocked] as const;

/** Everything that may be done to a task that exists. What is not here is refused (docs/task-transitions.md). */
const transitions: readonly Transition[] = [
  { action: taskActions.accept, from: [proposed], by: ['assignee'], next: accepted },
  { action: taskActions.decline, from: [proposed, accepted], by: ['assignee'], next: declined },
  { action: taskActions.start, from: [accepted, blocked], by: ['assignee'], next: inProgress },
  { action: taskActions.block, from: [accepted, inProgress], by: ['assignee'], next: blocked },
  { action: taskActions.finish, from: [inProgress], by: ['assignee'], next: done },
  { action: taskActions.sendBack, from: [done], by: ['owner'], next: inProgress },
  { action: taskActions.verify, from: [done], by: ['owner'], next: verified },
  { action: taskActions.cancel, from: [proposed, declined, ...underway], by: ['owner', 'lead'], next: cancelled },
  { action: taskActions.assign, from: [proposed, declined, ...underway], by: ['owner'], next: proposed },
  { action: taskActions.handOver, from: [proposed, ...underway], by: ['office'] },
  { action: taskActions.edit, from: [proposed, declined, ...underway], by: ['owner'] },
  { action: taskActions.check, from: [...underway], by: ['owner', 'assignee'] },
  {
    action: taskActions.comment,
    from: [proposed, declined, ...underway, done],
    by: ['owner', 'assignee', 'office', 'lead', 'member'],
  },
];

/**
 * The state of a task after a change by somebody on one side; undefined when the table does not have it.
 * @param from undefined for a task that does not exist yet: the owning state proposes it, nothing else.
 */
export function nextTaskState(from: TaskState | undefined, action: TaskAction, side: TaskSide): TaskState | undefined {
  if (from === undefined) return action === taskActions.propose && side === 'owner' ? proposed : undefined;
  const row = transitions.find((each) => each.action === action);
  if (row === undefined || !row.from.includes(from) || !row.by.includes(side)) return undefined;
  return row.next ?? from;
}

/** Whether anybody at all may do this to a task in that state. */
export function isPossible(from: TaskState | undefined, action: TaskAction): boolean {
  return taskSides.some((side) => nextTaskState(from, action, side) !== undefined);
}

/** States that nothing leads out of. */
export function isClosedTask(state: TaskState): boolean {
  return state === verified || state === cancelled;
}

/** The table as a document prints it: a row for every state and action that it has, who may, and what comes of it. */
export function transitionTable(): string {
  const states = [undefined, ...Object.values(taskStates)];
  const rows = states.flatMap((from) =>
    Object.values(taskActions).flatMap((action) => {
      const by = taskSides.filter((side) => nextTaskState(from, action, side) !== undefined);
      const [side] = by;
      const next = side && nextTaskState(from, action, side);
      if (next === undefined) return [];
      const state = from === undefined ? '–' : nameOf(taskStates, from);
      return `| ${state} | ${nameOf(taskActions, action)} | ${by.join(', ')} | ${nameOf(taskStates, next)} |`;
    }),
  );
  return ['| state | action | who | state after it |', '|---|---|---|---|', ...rows].join('\n');
}
