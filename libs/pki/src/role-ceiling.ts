import { type CaseRole, caseRoles, type PostKind, postKinds, roleMask } from '@rogatory/protocol';

const anyRole = roleMask(...Object.values(caseRoles));

/** The roles that a post of each kind may be given at most. Registrars and auditors never take part in a case. */
const highestCeilings: Readonly<Record<PostKind, number>> = {
  [postKinds.prosecutor]: anyRole,
  [postKinds.judge]: anyRole,
  [postKinds.liaisonOfficer]: anyRole,
  [postKinds.registrar]: 0,
  [postKinds.auditor]: 0,
};

/** The mask of roles that a certificate for this kind of post may carry at most. */
export function highestCeiling(postKind: PostKind): number {
  return highestCeilings[postKind];
}

/** Whether a certificate's ceiling fits its post: no role for registrars and auditors, at least one for the others. */
export function isSaneCeiling(postKind: PostKind, ceiling: number): boolean {
  const highest = highestCeilings[postKind];
  return (ceiling & ~highest) === 0 && (ceiling === 0) === (highest === 0);
}

/** The roles in a mask, in the order of the registry. */
export function rolesIn(ceiling: number): CaseRole[] {
  return Object.values(caseRoles).filter((role) => (ceiling & (1 << role)) !== 0);
}
