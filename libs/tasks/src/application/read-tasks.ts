import { type Clock, type CompartmentId, type ObjectId } from '@rogatory/kernel';
import { accessRefused, type RequestContext } from '@rogatory/access';
import type { ActRunner } from '@rogatory/audit';
import { type Answered, answered, type CompartmentRead, pageSize } from '@rogatory/cases';
import { actSubjects, auditObjectKinds, type TaskView, taskViews } from '@rogatory/protocol';
import type { StoredTask } from '../domain/stored-task.js';
import { cursorText, parseCursor } from '../domain/task-cursor.js';
import { wrongPage } from '../domain/tasks.errors.js';
import type { TaskStore } from './task.store.js';

export interface TaskPage {
  readonly tasks: readonly StoredTask[];
  readonly endCursor: string | undefined;
  readonly hasMore: boolean;
}

export interface ReadTasksParts {
  readonly acts: Pick<ActRunner, 'run'>;
  readonly compartmentRead: Pick<CompartmentRead, 'run'>;
  readonly tasks: Pick<TaskStore, 'list' | 'own'>;
  readonly clock: Clock;
}

const views: ReadonlySet<number> = new Set(Object.values(taskViews));

/** The tasks of one compartment, or those of a post in all its cases. */
export class ReadTasks {
  readonly #parts: ReadTasksParts;

  constructor(parts: ReadTasksParts) {
    this.#parts = parts;
  }

  /** Keyset page in the order of the ids. @throws UsageError `cases/page`; what `CompartmentRead.run` throws. */
  list(
    ctx: RequestContext,
    query: {
      readonly compartmentId: CompartmentId;
      readonly after?: ObjectId | undefined;
      readonly first?: number | undefined;
    },
  ): Promise<Answered<TaskPage>> {
    const { compartmentId, after } = query;
    const first = pageSize(query.first);
    return this.#parts.compartmentRead.run(ctx, compartmentId, {
      operation: 'query.tasks',
      subject: actSubjects.listTasks(compartmentId),
      read: async (reader) => {
        const page = { first: first + 1, ...(after === undefined ? {} : { after }) };
        const found = await this.#parts.tasks.list(reader, compartmentId, page);
        const result = pageOf(found, first, ({ taskId }) => taskId);
        return { result, what: { objectKind: auditObjectKinds.item, count: result.tasks.length, detail: 'tasks' } };
      },
    });
  }

  /**
   * Keyset page by due time. @throws UsageError `cases/page`, `tasks/page` for a view or a cursor that there is not;
   * what `ActRunner.run` throws.
   */
  async own(
    ctx: RequestContext,
    query: { readonly view: number; readonly after?: string | undefined; readonly first?: number | undefined },
  ): Promise<Answered<TaskPage>> {
    const first = pageSize(query.first);
    if (!views.has(query.view)) throw wrongPage();
    const after = query.after === undefined ? {} : { after: parseCursor(query.after) };
    const plan = () => ({
      ...actSubjects.listOwnTasks(),
      perform: async (writer: Parameters<TaskStore['own']>[0]) => {
        const { principal } = ctx;
        if (principal === undefined) throw accessRefused('no-session');
        const { deviceId: device, authorityId, postId, state } = principal;
        const asker = { device, authorityId, postId, state, nowMs: this.#parts.clock.nowMs() };
        const asked = { ...asker, view: query.view as TaskView, first: first + 1, ...after };
        const result = pageOf(await this.#parts.tasks.own(writer, asked), first, cursorText);
        return { result, what: { objectKind: auditObjectKinds.item, count: result.tasks.length, detail: 'own tasks' } };
      },
    });
    return answered(await this.#parts.acts.run(ctx, 'query.ownTasks', plan));
  }
}

function pageOf(found: readonly StoredTask[], first: number, cursorOf: (task: StoredTask) => string): TaskPage {
  const tasks = found.slice(0, first);
  const last = tasks.at(-1);
  return { tasks, endCursor: last && cursorOf(last), hasMore: found.length > first };
}
