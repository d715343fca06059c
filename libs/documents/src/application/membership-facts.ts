import type { RequestContext } from '@rogatory/access';
import type { DecisionFacts } from '@rogatory/audit';
import type { JudgedMembership, Memberships } from '@rogatory/cases';
import type { CompartmentId } from '@rogatory/kernel';
import type { Reader } from '@rogatory/platform-database';

export interface AskedMembership {
  readonly reader: Reader;
  readonly memberships: Pick<Memberships, 'own'>;
  readonly ctx: RequestContext;
  readonly compartmentId: CompartmentId;
  readonly nowMs: number;
}

/** The asker's membership by the signed links; undefined for anybody else. @throws as `Memberships.own`. */
export async function askersMembership(asked: AskedMembership): Promise<JudgedMembership | undefined> {
  const { reader, memberships, ctx, compartmentId, nowMs } = asked;
  if (ctx.principal === undefined) return undefined;
  return memberships.own(reader, compartmentId, { device: ctx.principal.deviceId, nowMs });
}

/** What the decision about a member of a compartment rests on; nothing for anybody else. @throws as `Memberships.own`. */
export async function membershipFacts(asked: AskedMembership): Promise<DecisionFacts> {
  const own = await askersMembership(asked);
  return own === undefined ? {} : { membership: own.facts, ownerAuthorityId: own.head.ownerAuthorityId };
}
