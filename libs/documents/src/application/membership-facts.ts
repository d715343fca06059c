import type { RequestContext } from '@rogatory/access';
import type { DecisionFacts } from '@rogatory/audit';
import type { CompartmentId } from '@rogatory/kernel';
import type { Reader } from '@rogatory/platform-database';
import type { UploadReader } from './upload.store.js';

export interface MembershipQuestion {
  readonly reader: Reader;
  readonly uploads: Pick<UploadReader, 'membership'>;
  readonly ctx: RequestContext;
  readonly compartmentId: CompartmentId;
  readonly nowMs: number;
}

/** What the decision about a member of a compartment rests on; nothing for anybody else. */
export async function membershipFacts(question: MembershipQuestion): Promise<DecisionFacts> {
  const { reader, uploads, ctx, compartmentId, nowMs } = question;
  if (ctx.principal === undefined) return {};
  const membership = await uploads.membership(reader, compartmentId, ctx.principal.deviceId, nowMs);
  if (membership === undefined) return {};
  const { role, isClosed, ownerAuthorityId } = membership;
  return { membership: { role, isClosed }, ownerAuthorityId };
}
