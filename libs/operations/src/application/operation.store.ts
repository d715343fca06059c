import type { ActId, CompartmentId, ObjectId } from '@rogatory/kernel';
import type { Reader, Writer } from '@rogatory/platform-database';
import type { StoredOperation } from '../domain/stored-operation.js';

/** A record that is an object of its own: a vote, an entry, an endorsement. */
export interface OwnRecord {
  readonly compartmentId: CompartmentId;
  readonly operationId: ObjectId;
  readonly objectId: ObjectId;
}

/** Keeps operations; a transaction that changes one holds the content log of its compartment. */
export interface OperationStore {
  find(reader: Reader, compartmentId: CompartmentId, operationId: ObjectId): Promise<StoredOperation | undefined>;
  /** How many operations a compartment has. */
  count(reader: Reader, compartmentId: CompartmentId): Promise<number>;
  /** Whether the operation took a record under this object id before. */
  hasRecord(reader: Reader, record: OwnRecord): Promise<boolean>;
  /** Notes the object id of an own record: it is taken once. */
  addRecord(writer: Writer, record: OwnRecord, act: ActId): Promise<void>;
  /** The operation as the record of this act leaves it. */
  put(writer: Writer, operation: StoredOperation, act: ActId): Promise<void>;
  /** In the order of the ids, those after one. */
  list(
    reader: Reader,
    compartmentId: CompartmentId,
    page: { readonly after?: ObjectId; readonly first: number },
  ): Promise<readonly StoredOperation[]>;
}
