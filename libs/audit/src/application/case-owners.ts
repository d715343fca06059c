import type { AuthorityId, CaseId, CompartmentId } from '@rogatory/kernel';
import type { Reader } from '@rogatory/platform-database';

/** What a request says it is about. */
export interface NamedPlace {
  readonly caseId?: CaseId;
  readonly compartmentId?: CompartmentId;
}

export interface OwnedCase {
  readonly caseId: CaseId;
  /** Its oversight body may review what is recorded of the case. */
  readonly ownerAuthorityId: AuthorityId;
}

/** The principal that owners are looked up and refusals recorded under. */
export const refusalPrincipal = { kind: 'job', job: 'case-refusals' } as const;

/**
 * Whose case a place is of. For records of refusals alone: the answer MUST NOT reach the caller, who may not learn whether
 * there is such a case, and MUST cost the same where there is none.
 */
export interface CaseOwners {
  /** Undefined when neither the compartment nor the case is there; the compartment decides. Under {@link refusalPrincipal}. */
  ownerOf(reader: Reader, place: NamedPlace): Promise<OwnedCase | undefined>;
}
