/**
 * What somebody asks for of the tasks of all their cases; the number is on the wire (docs/spec/tasks.md 5). `mine` is open
 * with the own post, or with the own authority while it has not said which post; `overdue` those of it whose due time has
 * passed; `awaiting` belongs to the own state and is open with others; `review` belongs to the own state and is reported done.
 */
export const taskViews = { mine: 1, overdue: 2, awaiting: 3, review: 4 } as const;
export type TaskView = (typeof taskViews)[keyof typeof taskViews];
export type TaskViewName = keyof typeof taskViews;
