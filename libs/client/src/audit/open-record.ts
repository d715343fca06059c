import type { ActId } from '@rogatory/kernel';
import type { AuditLeaf, AuditSource, AuditWhat, AuditWho, SignedAct, Why } from '@rogatory/protocol';

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
}
