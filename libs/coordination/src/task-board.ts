import type { ObjectId } from '@rogatory/kernel';
import { changeTask, type Task, type TaskChange } from './task.js';

/** The tasks of one compartment, as the accepted changes made them, in the order of the content log. */
export class TaskBoard {
  readonly #tasks = new Map<ObjectId, Task>();

  get tasks(): readonly Task[] {
    return [...this.#tasks.values()];
  }

  find(id: ObjectId): Task | undefined {
    return this.#tasks.get(id);
  }

  /**
   * Takes one change; a refused one leaves no trace.
   * @throws what `changeTask` throws.
   */
  apply(change: TaskChange): Task {
    const others = { count: this.#tasks.size, find: (id: ObjectId) => this.#tasks.get(id) };
    const task = changeTask(this.#tasks.get(change.taskId), change, others);
    this.#tasks.set(change.taskId, task);
    return task;
  }
}
