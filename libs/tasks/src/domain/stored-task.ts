import type { CaseId, CompartmentId } from '@rogatory/kernel';
import type { Task } from '@rogatory/coordination';

/** A task as the server keeps it: what its accepted changes made of it, and where the newest of them stands. */
export interface StoredTask extends Task {
  readonly caseId: CaseId;
  readonly compartmentId: CompartmentId;
  /** Index of the newest change in the content log. */
  readonly position: number;
  /** When the server took the change that brought it into its state, or to its assignee. */
  readonly sinceMs: number;
}
