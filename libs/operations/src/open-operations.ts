import type { ActRunner } from '@rogatory/audit';
import type { Cases } from '@rogatory/cases';
import type { Database } from '@rogatory/platform-database';
import { ChangeOperation } from './application/change-operation.js';
import { ReadOperations } from './application/read-operations.js';
import { SqlOperationStore } from './storage/sql-operation.store.js';

export interface OperationsOptions {
  readonly database: Pick<Database, 'read'>;
  readonly acts: ActRunner;
  readonly cases: Pick<Cases, 'logWriter' | 'compartments' | 'compartmentRead'>;
}

/** The operations part of a server. */
export interface Operations {
  readonly changeOperation: ChangeOperation;
  readonly readOperations: ReadOperations;
}

/** Puts the operations part together; it starts nothing. */
export function openOperations({ database, acts, cases }: OperationsOptions): Operations {
  const operations = new SqlOperationStore();
  const { logWriter, compartments, compartmentRead } = cases;
  return {
    changeOperation: new ChangeOperation({ database, acts, operations, logWriter, compartments }),
    readOperations: new ReadOperations({ compartmentRead, operations }),
  };
}
