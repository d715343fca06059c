import type { AuthorityId, CaseId, CompartmentId, DeviceId, PersonId } from '@rogatory/kernel';
import type { CaseRole } from '@rogatory/protocol';

/** Where a compartment stands: the one row that decides what comes next. */
export interface CompartmentHead {
  readonly compartmentId: CompartmentId;
  /** Equals the compartment's id for the root chain. */
  readonly caseId: CaseId;
  readonly chainSeq: number;
  readonly linkHash: Uint8Array;
  readonly epoch: number;
  readonly isClosed: boolean;
  readonly contentSize: number;
  readonly contentRoot: Uint8Array;
  /** The right edge of the content log (`Frontier.encode`). */
  readonly contentFrontier: Uint8Array;
  readonly creatorDevice: DeviceId;
  /** Authority of whoever began it; its oversight body reviews what happens here. */
  readonly ownerAuthorityId: AuthorityId;
  readonly createdAtMs: number;
  /** Until then only `frozenFor` may append; 0 when nobody asked. */
  readonly frozenUntilMs: number;
  readonly frozenFor: DeviceId | undefined;
}

/** One device's access to a compartment, as the rows have it. */
export interface MemberRow {
  readonly compartmentId: CompartmentId;
  readonly caseId: CaseId;
  readonly deviceId: DeviceId;
  readonly personId: PersonId;
  readonly authorityId: AuthorityId;
  readonly role: CaseRole;
  readonly notAfterMs: number;
}

/** A compartment as one of its members sees it. */
export interface CompartmentOfMember {
  readonly head: CompartmentHead;
  readonly member: MemberRow;
}

export function isRoot({ caseId, compartmentId }: Pick<CompartmentHead, 'caseId' | 'compartmentId'>): boolean {
  return (caseId as string) === compartmentId;
}

/** What has to change in the rows of a compartment. */
export interface MembershipDifference {
  readonly added: readonly MemberRow[];
  readonly changed: readonly MemberRow[];
  readonly removed: readonly MemberRow[];
}

/** Rows to write so that `before` becomes `after`. */
export function differenceOf(before: readonly MemberRow[], after: readonly MemberRow[]): MembershipDifference {
  const known = new Map(before.map((row) => [row.deviceId, row]));
  const kept = new Set(after.map(({ deviceId }) => deviceId));
  const added = after.filter(({ deviceId }) => !known.has(deviceId));
  const changed = after.filter((row) => known.has(row.deviceId) && !isSame(known.get(row.deviceId), row));
  return { added, changed, removed: before.filter(({ deviceId }) => !kept.has(deviceId)) };
}

function isSame(a: MemberRow | undefined, b: MemberRow): boolean {
  return a !== undefined && a.personId === b.personId && a.role === b.role && a.notAfterMs === b.notAfterMs;
}
