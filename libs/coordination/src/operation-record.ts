import type { DeviceId, ObjectId, PersonId } from '@rogatory/kernel';
import type { CaseRole, OperationFacts, SignedTime } from '@rogatory/protocol';

/** Who made a record, as the member leaf at its place says. */
export interface RecordAuthor {
  readonly personId: PersonId;
  readonly deviceId: DeviceId;
  readonly state: string;
  readonly role: CaseRole;
}

/** An item of an operation that the chain has verified: what its header and its place in the content log say. */
export interface OperationRecord {
  readonly facts: OperationFacts;
  readonly objectId: ObjectId;
  readonly version: number;
  readonly itemHash: Uint8Array;
  /** Leaf index in the content log. */
  readonly place: number;
  readonly author: RecordAuthor;
  /** The author's clock. */
  readonly time: SignedTime;
  /** Time of the directory head that the item cites. */
  readonly headTimeMs: number;
  /** Size of the content log head that the item cites. */
  readonly logSize: number;
}
