import { demand, type Operation, type RequestContext } from '@rogatory/access';
import type { AuthorityId } from '@rogatory/kernel';
import { sourceOf, whoOf } from '../application/request-facts.js';
import type { ReviewContext } from '../application/review-context.js';
import { reasonMissing } from '../domain/audit.errors.js';
import { parsePurpose } from './audit.mapping.js';

/** Which authorities an oversight body reviews, itself included. */
export interface ReviewedAuthorities {
  reviewedBy(authorityId: AuthorityId): readonly AuthorityId[];
}

/**
 * What an auditor's request comes with, parsed once.
 * @throws RefusedError `access/refused`, `audit/reason-missing`; CodecError for an unknown purpose.
 */
export function reviewContextOf(
  ctx: RequestContext,
  asked: { readonly purpose: string; readonly operation: Operation },
  authorities: ReviewedAuthorities,
): ReviewContext {
  demand(ctx.principal, asked.operation);
  const { principal, claim } = ctx;
  if (principal === undefined || claim.actBytes === undefined) throw reasonMissing();
  const { whyBytes, whyOpening } = claim;
  const why = whyBytes && whyOpening && { bytes: whyBytes, opening: whyOpening };
  return {
    device: { id: principal.deviceId, signingKey: principal.signingKey },
    who: whoOf(principal),
    source: sourceOf(ctx),
    scope: { authorities: authorities.reviewedBy(principal.authorityId) },
    purpose: parsePurpose(asked.purpose),
    received: { signedAct: claim.actBytes, ...(why === undefined ? {} : { why }) },
  };
}
