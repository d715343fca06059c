import type { CompartmentId } from '@rogatory/kernel';
import { isClosedTask, type PlannedTask, type Task } from '@rogatory/coordination';
import { type DocumentReference, taskActions, type TaskContent, taskStates } from '@rogatory/protocol';
import type { TaskEvent } from './task-replay.js';

/** A line of a checklist with its mark. */
export interface OpenStep {
  readonly number: number;
  readonly text: string;
  readonly isDone: boolean;
}

/** A task as its verified changes made it, with what of it this device can read. */
export interface OpenTask extends Task {
  readonly compartmentId: CompartmentId;
  /** Empty where its description is sealed from this device, or was made unreadable. */
  readonly title: string;
  readonly text: string;
  readonly estimateMinutes: number;
  readonly steps: readonly OpenStep[];
  readonly references: readonly DocumentReference[];
  /** Why it was declined, blocked, sent back or cancelled, while that is its newest word. */
  readonly reason: string | undefined;
  readonly changes: readonly TaskEvent[];
}

const { propose, edit, check, comment } = taskActions;
const { done, declined, blocked, cancelled } = taskStates;

/** Puts together what the changes of one task say. */
export function openTask(compartmentId: CompartmentId, task: Task, changes: readonly TaskEvent[]): OpenTask {
  const counting = changes.filter(({ refusal }) => refusal === undefined);
  const read = (event: TaskEvent): TaskContent | undefined =>
    event.content.kind === 'open' ? event.content.content : undefined;
  const described = counting.findLast(({ facts }) => facts.action === propose || facts.action === edit);
  const description = described && read(described);
  const ticks = new Map<number, boolean>();
  for (const event of counting.filter(({ facts }) => facts.action === check)) {
    for (const { number, isDone } of read(event)?.ticks ?? []) ticks.set(number, isDone);
  }
  const steps = description?.steps.map((step) => ({ ...step, isDone: ticks.get(step.number) ?? false })) ?? [];
  return {
    ...{ ...task, compartmentId, title: description?.title ?? '', text: description?.text ?? '' },
    ...{ estimateMinutes: description?.estimateMinutes ?? 0, steps, references: description?.references ?? [] },
    ...{ reason: reasonOf(task, counting, read), changes },
  };
}

function reasonOf(
  { state }: Task,
  changes: readonly TaskEvent[],
  read: (event: TaskEvent) => TaskContent | undefined,
): string | undefined {
  const last = changes.findLast(({ facts }) => facts.action !== comment && facts.action !== check);
  const isExplained =
    state === declined || state === blocked || state === cancelled || last?.facts.action === SENT_BACK;
  return isExplained && last !== undefined ? read(last)?.text : undefined;
}

const SENT_BACK = taskActions.sendBack;

/** What the plan of a compartment is computed from. */
export function plannedTask(task: OpenTask): PlannedTask {
  const isOver = isClosedTask(task.state) || task.state === done || task.state === declined;
  return {
    ...{ taskId: task.taskId, dependencies: task.dependencies, minutesLeft: isOver ? 0 : task.estimateMinutes },
    ...(task.due === undefined || isOver ? {} : { dueMs: task.due.timeMs }),
  };
}
