import type { ObjectId, PersonId } from '@rogatory/kernel';
import { changeTask, type Task, type TaskChange, type TaskCounts } from './task.js';
import { isClosedTask } from './task-transitions.js';

/** The tasks of one compartment, as the accepted changes made them, in the order of the content log. */
export class TaskBoard {
  readonly #tasks = new Map<ObjectId, Task>();
  readonly #all = new Map<PersonId, number>();
  readonly #open = new Map<PersonId, number>();
  #openCount = 0;

  get tasks(): readonly Task[] {
    return [...this.#tasks.values()];
  }

  find(id: ObjectId): Task | undefined {
    return this.#tasks.get(id);
  }

  /** How many there are, and how many of them a person proposed. */
  counts(author: PersonId): TaskCounts {
    const [allOfAuthor, openOfAuthor] = [this.#all.get(author) ?? 0, this.#open.get(author) ?? 0];
    return { all: this.#tasks.size, open: this.#openCount, allOfAuthor, openOfAuthor };
  }

  /**
   * Takes one change; a refused one leaves no trace.
   * @throws what `changeTask` throws.
   */
  apply(change: TaskChange): Task {
    const before = this.#tasks.get(change.taskId);
    const task = changeTask(before, change, this);
    this.#tasks.set(change.taskId, task);
    this.#count(before, task);
    return task;
  }

  #count(before: Task | undefined, { proposedBy, state }: Task): void {
    if (before === undefined) this.#all.set(proposedBy, (this.#all.get(proposedBy) ?? 0) + 1);
    const [wasOpen, isOpen] = [before !== undefined && !isClosedTask(before.state), !isClosedTask(state)];
    const step = Number(isOpen) - Number(wasOpen);
    this.#openCount += step;
    this.#open.set(proposedBy, (this.#open.get(proposedBy) ?? 0) + step);
  }
}
