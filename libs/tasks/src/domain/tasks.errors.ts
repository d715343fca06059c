import { InternalError, UsageError, VerificationError } from '@rogatory/kernel';

export type TasksErrorCode = 'tasks/item' | 'tasks/page' | 'tasks/row';

/** Other items come by other operations. */
export const wrongItem = () => new VerificationError<TasksErrorCode>('tasks/item', 'not a change of a task');
export const wrongPage = () => new UsageError<TasksErrorCode>('tasks/page', 'a page or a view that there is not');
/** A stored row is none that a change of a task left. */
export const brokenRow = () => new InternalError<TasksErrorCode>('tasks/row', 'a stored row of a task does not fit');
