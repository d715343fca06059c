import type { ActId } from '@rogatory/kernel';
import type {
  AuditGroup,
  AuditLeaf,
  AuditPurpose,
  AuditSource,
  AuditWhat,
  AuditWho,
  SignedAct,
  Why,
} from '@rogatory/protocol';

/** A group that was found to be the one that the leaf commits to. */
export interface OpenGroups {
  readonly who?: AuditWho;
  readonly what?: AuditWhat;
  readonly why?: Why;
  readonly src?: AuditSource;
  /** The device's own statement; its signature was checked against the directory. */
  readonly act?: SignedAct;
}

/** A record as an auditor sees it: the leaf, and the groups that this auditor may open. */
export interface OpenRecord {
  readonly recordId: ActId;
  /** Place in the log; undefined while it waits for its number. */
  readonly index: number | undefined;
  readonly leaf: AuditLeaf;
  readonly leafBytes: Uint8Array;
  readonly groups: OpenGroups;
  /** Whether the act in it is signed by the device that `who` names. */
  readonly isSigned: boolean;
  /** Size of the signed tree in which its place was proven; undefined where no proof came along. */
  readonly provenIn: number | undefined;
  /** Origin of the log of that tree. */
  readonly provenLog: string | undefined;
  /** What the server says was erased of it; `AuditOrders.explain` checks. */
  readonly erased: readonly ToldErasure[];
  /** While it is restricted: the one purpose for which a look-up of this record alone opens it. */
  readonly restrictedTo: AuditPurpose | undefined;
  /** What auditors of the own body noted on it, newest first; none in a list of records. */
  readonly notes: readonly OpenRecord[];
}

/** Groups of a record that the server says were erased; the record of the erasure shows whether they were. */
export interface ToldErasure {
  readonly groups: readonly AuditGroup[];
  readonly erasure: ActId;
}
