import type { ActId, CompartmentId, DeviceId } from '@rogatory/kernel';
import type { Reader, Writer } from '@rogatory/platform-database';

/** A signed statement of a device about a compartment. */
export interface NewStatement {
  readonly compartmentId: CompartmentId;
  readonly deviceId: DeviceId;
  readonly bytes: Uint8Array;
  readonly receivedAtMs: number;
  readonly auditId: ActId;
}

export interface StatementReader {
  /** The newest of each member device. */
  heartbeats(reader: Reader, id: CompartmentId): Promise<readonly Uint8Array[]>;
  /** Complaints that links have answered, and those of members that wait for an answer, oldest first. */
  readableComplaints(reader: Reader, id: CompartmentId): Promise<readonly Uint8Array[]>;
  /** All complaints ever, by their hash: links that cite them are verified with them. */
  complaints(
    reader: Reader,
    id: CompartmentId,
  ): Promise<readonly { readonly hash: Uint8Array; readonly bytes: Uint8Array }[]>;
  countOpenComplaints(reader: Reader, id: CompartmentId, device: DeviceId): Promise<number>;
}

export interface StatementWriter {
  /** Replaces the device's heartbeat unless a later one is there. @returns whether it is the newest now. */
  putHeartbeat(writer: Writer, statement: NewStatement & { readonly madeAtMs: number }): Promise<boolean>;
  /** @returns false when the same complaint is there already. */
  addComplaint(writer: Writer, statement: NewStatement & { readonly hash: Uint8Array }): Promise<boolean>;
  answerComplaints(writer: Writer, id: CompartmentId, hashes: readonly Uint8Array[]): Promise<void>;
}
