/** Where a task stands; the number is on the wire (docs/spec/tasks.md). */
export const taskStates = {
  proposed: 1,
  accepted: 2,
  declined: 3,
  inProgress: 4,
  blocked: 5,
  done: 6,
  verified: 7,
  cancelled: 8,
} as const;
export type TaskState = (typeof taskStates)[keyof typeof taskStates];
export type TaskStateName = keyof typeof taskStates;

/** What a change does to a task; the number is on the wire (docs/spec/tasks.md). */
export const taskActions = {
  propose: 1,
  accept: 2,
  decline: 3,
  start: 4,
  block: 5,
  finish: 6,
  sendBack: 7,
  verify: 8,
  cancel: 9,
  assign: 10,
  handOver: 11,
  edit: 12,
  check: 13,
  comment: 14,
} as const;
export type TaskAction = (typeof taskActions)[keyof typeof taskActions];
export type TaskActionName = keyof typeof taskActions;
