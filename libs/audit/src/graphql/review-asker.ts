import { demand, type Operation, type RequestContext } from '@rogatory/access';
import { sourceOf, whoOf } from '../application/request-facts.js';
import type { ReviewContext } from '../application/review-context.js';
import { reasonMissing } from '../domain/audit.errors.js';
import { parsePurpose } from './audit.mapping.js';
import type { AuthorityId } from '@rogatory/kernel';

/** Which authorities an oversight body reviews, itself included. */
export interface ReviewedAuthorities {
  reviewedBy(authorityId: AuthorityId): readonly AuthorityId[];
}

/** What a question of an auditor says. */
export interface Question {
  readonly operation: Operation;
  /** Of LED article 25(2), as the caller wrote it. */
  readonly purpose: string;
}

/**
 * Who asks, for which authorities, for what purpose and with which signed act.
 * @throws RefusedError `access/refused`, `audit/reason-missing`; CodecError for an unknown purpose.
 */
export function reviewContextOf(
  ctx: RequestContext,
  authorities: ReviewedAuthorities,
  { operation, purpose }: Question,
): ReviewContext {
  demand(ctx.principal, operation);
  const { principal, claim } = ctx;
  if (principal === undefined || claim.actBytes === undefined) throw reasonMissing();
  const { whyBytes, whyOpening } = claim;
  const why = whyBytes && whyOpening && { bytes: whyBytes, opening: whyOpening };
  return {
    device: { id: principal.deviceId, signingKey: principal.signingKey },
    who: whoOf(principal),
    source: sourceOf(ctx),
    scope: { authorities: authorities.reviewedBy(principal.authorityId) },
    purpose: parsePurpose(purpose),
    received: { signedAct: claim.actBytes, ...(why === undefined ? {} : { why }) },
  };
}
