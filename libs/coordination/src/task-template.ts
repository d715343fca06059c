import { limits, type ObjectId } from '@rogatory/kernel';
import type { TaskDue } from '@rogatory/protocol';
import { dayOf, instantAt, minuteOf } from './local-time.js';
import { leadsTo } from './task-dependencies.js';
import { wrongTemplate } from './task.errors.js';

/** One task of a template; what it says stays with whoever has the template. */
export interface TemplateTask {
  /** Names the task inside the template. */
  readonly key: string;
  readonly title: string;
  readonly text: string;
  readonly steps: readonly string[];
  readonly estimateMinutes: number;
  /** So many days after the anchor (before it when negative), at a time by the zone's clocks. */
  readonly due?: { readonly days: number; readonly time: string };
  /** Keys of tasks that come first. */
  readonly after: readonly string[];
}

/** The day that a template is laid out from, such as the day of action. */
export interface TemplateAnchor {
  /** `YYYY-MM-DD` */
  readonly date: string;
  /** IANA name. */
  readonly zone: string;
}

export interface TaskDraft {
  readonly taskId: ObjectId;
  readonly template: TemplateTask;
  readonly due?: TaskDue;
  /** In ascending order, as task facts want them. */
  readonly dependencies: readonly ObjectId[];
}

/**
 * Tasks from a template, each behind those it depends on, so that they can be proposed one after the other.
 * @param newId gives an id that was never used.
 * @throws RefusedError `task/template` for keys that are unknown or there twice, circles, and more than the limits allow;
 * CodecError `codec/local-time`, `codec/local-hours`.
 */
export function expandTemplate(
  tasks: readonly TemplateTask[],
  anchor: TemplateAnchor,
  newId: () => ObjectId,
): readonly TaskDraft[] {
  checkTemplate(tasks);
  const ids = new Map(tasks.map(({ key }) => [key, newId()]));
  const idOf = (key: string) => ids.get(key) as ObjectId;
  const day = dayOf(anchor.date);
  const drafts = tasks.map((template): TaskDraft => {
    const { due, after, key } = template;
    const dependencies = after.map(idOf).toSorted((a, b) => (a < b ? -1 : 1));
    const dueFact = due && { timeMs: instantAt(day + due.days, minuteOf(due.time), anchor.zone), zone: anchor.zone };
    return { taskId: idOf(key), template, ...(dueFact === undefined ? {} : { due: dueFact }), dependencies };
  });
  return inOrder(drafts);
}

function checkTemplate(tasks: readonly TemplateTask[]): void {
  const keys = new Set(tasks.map(({ key }) => key));
  const byKey = new Map(tasks.map((task) => [task.key, task]));
  const afterOf = (key: string) => byKey.get(key)?.after ?? [];
  const isWhole = tasks.every(({ key, after }) => {
    const isKnown = after.every((each) => keys.has(each)) && new Set(after).size === after.length;
    return isKnown && after.length <= limits.maxTaskDependencies && !leadsTo(after, key, afterOf);
  });
  const isWithin = keys.size === tasks.length && tasks.length <= limits.maxTemplateTasks;
  if (!isWhole || !isWithin) throw wrongTemplate();
}

function inOrder(drafts: readonly TaskDraft[]): readonly TaskDraft[] {
  const order: TaskDraft[] = [];
  const placed = new Set<ObjectId>();
  while (order.length < drafts.length) {
    const free = drafts.filter(
      ({ taskId, dependencies }) => !placed.has(taskId) && dependencies.every((id) => placed.has(id)),
    );
    for (const draft of free) placed.add(draft.taskId);
    order.push(...free);
    // A template without circles always has a next one; this ends the loop should it not.
    if (free.length === 0) throw wrongTemplate();
  }
  return order;
}
