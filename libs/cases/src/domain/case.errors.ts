import { InternalError, RefusedError, UsageError } from '@rogatory/kernel';

export type CaseErrorCode =
  | 'cases/links'
  | 'cases/boxes'
  | 'cases/exists'
  | 'cases/frozen'
  | 'cases/page'
  | 'cases/limit'
  | 'cases/invitation-used'
  | 'cases/row'
  | 'cases/log-moved';

/** The links of one request are not one act. */
export const wrongLinks = (reason: string) =>
  new UsageError<CaseErrorCode>('cases/links', 'the links do not make one act', { details: { reason } });
export const caseExists = () =>
  new RefusedError<CaseErrorCode>('cases/exists', 'the case or compartment exists already');
/** A lead's removal is on its way; it has a few seconds to land. */
export const frozen = (retryAfterMs: number) =>
  new RefusedError<CaseErrorCode>('cases/frozen', 'a removal is under way; try again in a moment', {
    details: { retryAfterMs },
    retryable: true,
  });
export const wrongPage = () => new UsageError<CaseErrorCode>('cases/page', 'a page outside the limits');
export const overLimit = (limit: string) =>
  new RefusedError<CaseErrorCode>('cases/limit', 'a bound of the case is reached', { details: { limit } });
/** Revoked, expired, used up or answered by this person already. */
export const invitationUsed = () =>
  new RefusedError<CaseErrorCode>('cases/invitation-used', 'the invitation cannot be accepted any more');
/** A stored row does not fit its neighbours. */
export const brokenRow = () => new InternalError<CaseErrorCode>('cases/row', 'stored rows of a case do not fit');
/** The head moved although it was locked. */
export const logMoved = () => new InternalError<CaseErrorCode>('cases/log-moved', 'a locked head moved');
