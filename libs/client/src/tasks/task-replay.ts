import { isRogatoryError, type ObjectId } from '@rogatory/kernel';
import { checkTaskContent, type Task, TaskBoard } from '@rogatory/coordination';
import { decodeTaskContent, itemClasses, type Member, type TaskContent, type TaskFacts } from '@rogatory/protocol';
import type { Compartment } from '../cases/compartment.js';
import { contentOf, type ItemContent, itemsOf } from '../cases/item-content.js';
import { type ItemTimes, timesOf } from '../cases/item-times.js';
import type { VerifiedItem } from '../cases/replica.js';

/** One signed change of a task as the log has it. Its content is sealed matter of the case: show it, never log it. */
export interface TaskEvent {
  readonly taskId: ObjectId;
  readonly version: number;
  readonly facts: TaskFacts;
  readonly content: ItemContent<TaskContent>;
  /** Who signed it, as a member at that moment. */
  readonly author: Member;
  readonly position: number;
  readonly itemHash: Uint8Array;
  readonly times: ItemTimes;
  /** Why the rules refuse it: it changed nothing, and a server that took it broke them too. Undefined for one that counts. */
  readonly refusal: string | undefined;
}

/** The tasks of a compartment as their signed changes make them, by the rule that the server follows too. */
export interface TaskReplay {
  readonly board: TaskBoard;
  /** Each task after each of its changes; version n at n - 1. */
  readonly versions: ReadonlyMap<ObjectId, readonly Task[]>;
  readonly refusals: ReadonlyMap<VerifiedItem, string>;
  /** The changes of each task in the order of the log. */
  readonly items: ReadonlyMap<ObjectId, readonly VerifiedItem[]>;
}

/** Replays every change. One that the rules refuse is told as a bad item, and leaves the task as it was. */
export function replayTasks(compartment: Compartment): TaskReplay {
  const board = new TaskBoard();
  const versions = new Map<ObjectId, Task[]>();
  const refusals = new Map<VerifiedItem, string>();
  const items = new Map<ObjectId, VerifiedItem[]>();
  for (const item of itemsOf(compartment, itemClasses.task)) {
    const { objectId: taskId, version, task: facts } = item.signed.header;
    if (facts === undefined) continue;
    appendTo(items, taskId, item);
    try {
      const task = board.apply({ taskId, version, itemHash: item.itemHash, facts, actor: item.sender });
      appendTo(versions, taskId, task);
    } catch (error) {
      if (!isRogatoryError(error)) throw error;
      refusals.set(item, error.code);
      compartment.tellBadItem(item, error.code);
    }
  }
  return { board, versions, refusals, items };
}

/** The changes of one task in the order of the log, opened where this device has the keys. */
export function eventsOf(compartment: Compartment, replay: TaskReplay, taskId: ObjectId): TaskEvent[] {
  return (replay.items.get(taskId) ?? []).flatMap((item) => {
    const { task: facts, version } = item.signed.header;
    if (facts === undefined) return [];
    const content = contentOf(compartment, item, (bytes) => {
      const opened = decodeTaskContent(bytes);
      checkTaskContent(facts.action, opened);
      return opened;
    });
    const place = { position: item.position, itemHash: item.itemHash, times: timesOf(item) };
    return { taskId, version, facts, content, author: item.sender, ...place, refusal: replay.refusals.get(item) };
  });
}

function appendTo<Value>(lists: Map<ObjectId, Value[]>, id: ObjectId, value: Value): void {
  const known = lists.get(id);
  if (known === undefined) lists.set(id, [value]);
  else known.push(value);
}
