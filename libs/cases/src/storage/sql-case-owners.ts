import { type AuthorityId, type CaseId, type CompartmentId, idBytes, toHex } from '@rogatory/kernel';
import { prepared, type Reader } from '@rogatory/platform-database';

const ownerOf = prepared(
  'cases/owner-of',
  `SELECT case_id, owner_authority::text AS owner FROM compartment WHERE compartment_id IN ($1, $2)
    ORDER BY compartment_id = $1 DESC LIMIT 1`,
);

/** What a request names, and whose it is. */
interface NamedPlace {
  readonly caseId?: CaseId;
  readonly compartmentId?: CompartmentId;
}

interface OwnedCase {
  readonly caseId: CaseId;
  readonly ownerAuthorityId: AuthorityId;
}

/** The audit part's `CaseOwners`: owners of cases from the heads of their compartments; a case's root compartment has the id of the case. */
export class SqlCaseOwners {
  async ownerOf(reader: Reader, { caseId, compartmentId }: NamedPlace): Promise<OwnedCase | undefined> {
    const place = compartmentId ?? caseId;
    if (place === undefined) return undefined;
    return reader.queryOne(ownerOf, [idBytes(place), idBytes(caseId ?? place)], (row) => ({
      caseId: toHex(row.bytes('case_id')) as CaseId,
      ownerAuthorityId: row.text('owner').replaceAll('-', '') as AuthorityId,
    }));
  }
}
