import { RefusedError, VerificationError } from '@rogatory/kernel';
import { nameOf, type TaskState, taskStates } from '@rogatory/protocol';

/** Why a change of a task is refused (docs/spec/tasks.md 3). */
export type TaskErrorCode =
  | 'task/content'
  | 'task/cycle'
  | 'task/dependency'
  | 'task/doer'
  | 'task/facts'
  | 'task/limit'
  | 'task/open-dependency'
  | 'task/previous'
  | 'task/recurrence'
  | 'task/side'
  | 'task/stale'
  | 'task/template'
  | 'task/transition';

/** Somebody else changed the task since: the author looks at it and decides anew. */
export const staleTask = (version: number) =>
  new RefusedError<TaskErrorCode>('task/stale', 'the task was changed since', {
    details: { version },
    retryable: true,
  });
/** The number follows, but not the change that the author had seen: somebody showed them another history. */
export const wrongPrevious = () =>
  new VerificationError<TaskErrorCode>('task/previous', 'does not follow the change before it');
export const noTransition = (state: TaskState | undefined) =>
  new RefusedError<TaskErrorCode>('task/transition', 'not possible in the state that the task is in', {
    details: { state: state === undefined ? 'none' : nameOf(taskStates, state) },
  });
export const wrongSide = () =>
  new RefusedError<TaskErrorCode>('task/side', 'for others to do: another state, authority or post');
export const ownWork = () => new RefusedError<TaskErrorCode>('task/doer', 'whoever did a task does not verify it');
export const wrongFacts = () =>
  new VerificationError<TaskErrorCode>('task/facts', 'states of the task what this change may not make of it');
/** Sealed by a member who says more or less under the seal than the change may. */
export const wrongContent = () =>
  new VerificationError<TaskErrorCode>('task/content', 'says under the seal what this change may not say');
export const unknownDependency = () =>
  new RefusedError<TaskErrorCode>('task/dependency', 'depends on a task that is not in this compartment');
export const openDependency = () =>
  new RefusedError<TaskErrorCode>('task/open-dependency', 'a task that comes first is not done');
export const dependencyCycle = () =>
  new RefusedError<TaskErrorCode>('task/cycle', 'the task would have to come before itself');
export const tooMany = (most: number) =>
  new RefusedError<TaskErrorCode>('task/limit', 'more than are kept', { details: { most } });
export const wrongRecurrence = () =>
  new RefusedError<TaskErrorCode>('task/recurrence', 'not a rule of recurrence that is understood here');
export const wrongTemplate = () =>
  new RefusedError<TaskErrorCode>('task/template', 'a template that does not hold together');
