import {
  type CaseId,
  type CompartmentId,
  equalBytes,
  type ObjectId,
  parseAuthorityId,
  parseCaseId,
  parseCompartmentId,
  parseObjectId,
  parsePostId,
} from '@rogatory/kernel';
import type { Task } from '@rogatory/coordination';
import { type TaskDue, type TaskState, taskStates } from '@rogatory/protocol';
import { verificationError } from '../client.errors.js';
import type { TaskPagePartsFragment } from '../operations.generated.js';
import { asBytes, asFlag, asList, asText, asWhole } from '../transport/answer.js';
import type { Compartment } from '../cases/compartment.js';
import { replayTasks, type TaskReplay } from './task-replay.js';

/** A task as a server lists it: its word, until it was held against the signed changes. */
export interface ToldTask extends Omit<Task, 'doneBy' | 'proposedBy'> {
  readonly caseId: CaseId;
  readonly compartmentId: CompartmentId;
  /** Since when it is in its state with its assignee, by the server's clock. */
  readonly sinceMs: number;
}

export interface ToldPage {
  readonly tasks: readonly ToldTask[];
  readonly endCursor: string | undefined;
  readonly hasMore: boolean;
}

const states: ReadonlySet<number> = new Set(Object.values(taskStates));

/** @throws VerificationError `client/answer`, CodecError for what has not the form of a page. */
export function toldPage({ tasks, endCursor, hasMore }: TaskPagePartsFragment): ToldPage {
  asList(tasks);
  return {
    tasks: tasks.map(toldTask),
    endCursor: endCursor === null ? undefined : asText(endCursor),
    hasMore: asFlag(hasMore),
  };
}

function toldTask(told: TaskPagePartsFragment['tasks'][number]): ToldTask {
  const state = asWhole(told.state);
  if (!states.has(state)) throw verificationError('client/answer');
  const due: TaskDue | undefined =
    told.dueAtMs === null || told.dueZone === null
      ? undefined
      : { timeMs: asWhole(told.dueAtMs), zone: asText(told.dueZone) };
  asList(told.dependencies);
  return {
    ...{ caseId: parseCaseId(told.caseId), compartmentId: parseCompartmentId(told.compartmentId) },
    ...{ taskId: parseObjectId(told.taskId), version: asWhole(told.version), state: state as TaskState },
    ...{ lastHash: asBytes(told.lastHash), owner: asText(told.owner), sinceMs: asWhole(told.sinceMs) },
    assignee: {
      state: asText(told.assigneeState),
      authorityId: parseAuthorityId(told.assigneeAuthorityId),
      ...(told.assigneePostId === null ? {} : { postId: parsePostId(told.assigneePostId) }),
    },
    ...(due === undefined ? {} : { due }),
    dependencies: told.dependencies.map((id) => parseObjectId(id)),
  };
}

/**
 * Holds what a server says of a task against its signed changes. What it says may be older than what was read since, never
 * older than what this device knew when it asked.
 * @throws VerificationError `client/task-state`.
 */
export function requireTrue(told: ToldTask, replay: TaskReplay, knownBefore: number): void {
  const signed = replay.versions.get(told.taskId)?.[told.version - 1];
  if (signed === undefined || told.version < knownBefore || !isSame(told, signed)) {
    throw verificationError('client/task-state', { details: { taskId: told.taskId } });
  }
}

function isSame(told: ToldTask, signed: Task): boolean {
  const [a, b] = [told.assignee, signed.assignee];
  return (
    told.state === signed.state &&
    equalBytes(told.lastHash, signed.lastHash) &&
    told.owner === signed.owner &&
    a.state === b.state &&
    a.authorityId === b.authorityId &&
    a.postId === b.postId &&
    told.due?.timeMs === signed.due?.timeMs &&
    told.due?.zone === signed.due?.zone &&
    told.dependencies.length === signed.dependencies.length &&
    told.dependencies.every((id, i) => id === signed.dependencies[i])
  );
}

/** The tasks of a compartment; what is newer there than this device's log is read before. @throws what `Compartment.sync` throws. */
export async function readUpTo(
  compartment: Compartment,
  told: readonly ToldTask[],
  known: TaskReplay = replayTasks(compartment),
): Promise<TaskReplay> {
  const isBehind = told.some(({ taskId, version }) => version > (known.versions.get(taskId)?.length ?? 0));
  if (!isBehind) return known;
  await compartment.sync();
  return replayTasks(compartment);
}

/** How many changes of each task are known. */
export function versionsKnown({ versions }: TaskReplay): ReadonlyMap<ObjectId, number> {
  return new Map([...versions].map(([id, known]) => [id, known.length]));
}
