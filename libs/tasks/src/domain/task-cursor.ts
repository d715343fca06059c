import { type CompartmentId, type ObjectId, parseCompartmentId, parseObjectId } from '@rogatory/kernel';
import type { StoredTask } from './stored-task.js';
import { wrongPage } from './tasks.errors.js';

/** Where a page of the tasks of several cases ends: they come by due time, those without one last. */
export interface TaskCursor {
  readonly dueMs: number;
  readonly compartmentId: CompartmentId;
  readonly taskId: ObjectId;
}

/** Sorts after every due time. */
export const NEVER_DUE_MS = Number.MAX_SAFE_INTEGER;

const FORM = /^(\d{1,16})-([0-9a-f]{64})-([0-9a-f]{32})$/;

export function cursorText({
  due,
  compartmentId,
  taskId,
}: Pick<StoredTask, 'due' | 'compartmentId' | 'taskId'>): string {
  return `${due?.timeMs ?? NEVER_DUE_MS}-${compartmentId}-${taskId}`;
}

/** @throws UsageError `tasks/page`. */
export function parseCursor(text: string): TaskCursor {
  const [, due = '', compartment = '', task = ''] = FORM.exec(text) ?? [];
  const dueMs = Number(due);
  if (due === '' || !Number.isSafeInteger(dueMs)) throw wrongPage();
  return { dueMs, compartmentId: parseCompartmentId(compartment), taskId: parseObjectId(task) };
}
