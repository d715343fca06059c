import type { CaseId, CompartmentId } from '@rogatory/kernel';
import type { OperationStatus } from '@rogatory/coordination';

/** An operation as the server keeps it: what the facts of its accepted records came to, and where the newest stands. */
export interface StoredOperation {
  readonly caseId: CaseId;
  readonly compartmentId: CompartmentId;
  readonly status: OperationStatus;
  /** Index of the newest record in the content log. */
  readonly position: number;
  /** When the server took the record that brought it to its stage. */
  readonly sinceMs: number;
}
