/** Roles inside a case; the number is on the wire. A certificate's ceiling is a mask of `1 << role`. */
export const caseRoles = { lead: 1, contributor: 2, reader: 3, liaison: 4, spaceAdministrator: 5 } as const;
export type CaseRole = (typeof caseRoles)[keyof typeof caseRoles];
export type CaseRoleName = keyof typeof caseRoles;

/** What a post is for. Only registrars enrol; only auditors read the audit log; neither reads content by that post. */
export const postKinds = { prosecutor: 1, judge: 2, liaisonOfficer: 3, registrar: 4, auditor: 5 } as const;
export type PostKind = (typeof postKinds)[keyof typeof postKinds];
export type PostKindName = keyof typeof postKinds;

export const authorityKinds = {
  prosecutionOffice: 1,
  court: 2,
  liaisonBureau: 3,
  oversightBody: 4,
  agency: 5,
  thirdCountryAuthority: 6,
} as const;
export type AuthorityKind = (typeof authorityKinds)[keyof typeof authorityKinds];
export type AuthorityKindName = keyof typeof authorityKinds;

export function roleMask(...roles: readonly CaseRole[]): number {
  return roles.reduce((mask, role) => mask | (1 << role), 0);
}

export function maskAllows(mask: number, role: CaseRole): boolean {
  return (mask & (1 << role)) !== 0;
}

/** The name of a number in one of the registries above. */
export function nameOf<Registry extends Readonly<Record<string, number>>>(
  registry: Registry,
  value: Registry[keyof Registry],
): keyof Registry & string {
  const entry = Object.entries(registry).find(([, number]) => number === value);
  return (entry as [keyof Registry & string, number])[0];
}
