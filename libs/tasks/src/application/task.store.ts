import type { ActId, AuthorityId, CompartmentId, DeviceId, ObjectId, PersonId, PostId } from '@rogatory/kernel';
import type { Task, TaskCounts } from '@rogatory/coordination';
import type { TaskView } from '@rogatory/protocol';
import type { Reader, Writer } from '@rogatory/platform-database';
import type { StoredTask } from '../domain/stored-task.js';
import type { TaskCursor } from '../domain/task-cursor.js';

/** What a change of another task is judged by. */
export type TaskOutline = Pick<Task, 'taskId' | 'state' | 'dependencies'>;

/** Who asks for the tasks of their post, and when. */
export interface OwnTasksQuery {
  readonly view: TaskView;
  readonly device: DeviceId;
  readonly authorityId: AuthorityId;
  readonly postId: PostId;
  readonly state: string;
  readonly nowMs: number;
  readonly after?: TaskCursor;
  /** At most so many. */
  readonly first: number;
}

/** Keeps tasks; a transaction that changes one holds the content log of its compartment. */
export interface TaskStore {
  find(reader: Reader, compartmentId: CompartmentId, taskId: ObjectId): Promise<StoredTask | undefined>;
  /** How many tasks a compartment has, and how many of them one person proposed. */
  counts(reader: Reader, compartmentId: CompartmentId, author: PersonId): Promise<TaskCounts>;
  /** Every task of a compartment. */
  outlines(reader: Reader, compartmentId: CompartmentId): Promise<readonly TaskOutline[]>;
  /** The task as the change of this act leaves it. */
  put(writer: Writer, task: StoredTask, act: ActId): Promise<void>;
  /** In the order of the ids, those after one. */
  list(
    reader: Reader,
    compartmentId: CompartmentId,
    page: { readonly after?: ObjectId; readonly first: number },
  ): Promise<readonly StoredTask[]>;
  /** Of the compartments that the device is a member of, by due time. */
  own(reader: Reader, query: OwnTasksQuery): Promise<readonly StoredTask[]>;
}
