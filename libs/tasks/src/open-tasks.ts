import type { ActRunner } from '@rogatory/audit';
import type { Cases } from '@rogatory/cases';
import type { Clock } from '@rogatory/kernel';
import type { Database } from '@rogatory/platform-database';
import { ChangeTask } from './application/change-task.js';
import { ReadTasks } from './application/read-tasks.js';
import { SqlTaskStore } from './storage/sql-task.store.js';

export interface TasksOptions {
  readonly database: Pick<Database, 'read'>;
  readonly clock: Clock;
  readonly acts: ActRunner;
  readonly cases: Pick<Cases, 'logWriter' | 'compartments' | 'compartmentRead'>;
}

/** The tasks part of a server. */
export interface Tasks {
  readonly changeTask: ChangeTask;
  readonly readTasks: ReadTasks;
}

/** Puts the tasks part together; it starts nothing. */
export function openTasks({ database, clock, acts, cases }: TasksOptions): Tasks {
  const tasks = new SqlTaskStore();
  const { logWriter, compartments, compartmentRead } = cases;
  return {
    changeTask: new ChangeTask({ database, acts, tasks, logWriter, compartments }),
    readTasks: new ReadTasks({ acts, compartmentRead, tasks, clock }),
  };
}
