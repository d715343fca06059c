import { RefusedError } from '@rogatory/kernel';

/** Why a record of an operation has no effect, by its facts alone: server and clients come to the same answer. */
export type OperationRefusalCode =
  | 'operation/ahead'
  | 'operation/alert-held'
  | 'operation/alert-not-held'
  | 'operation/back-dated'
  | 'operation/expired'
  | 'operation/expiry'
  | 'operation/full'
  | 'operation/head'
  | 'operation/limit'
  | 'operation/not-entitled'
  | 'operation/object'
  | 'operation/other-call'
  | 'operation/other-freeze'
  | 'operation/other-plan'
  | 'operation/other-state'
  | 'operation/parties-fixed'
  | 'operation/stale'
  | 'operation/too-late'
  | 'operation/transition'
  | 'operation/twice'
  | 'operation/unknown';

const texts: Readonly<Record<OperationRefusalCode, string>> = {
  'operation/ahead': 'reports what is yet to happen',
  'operation/alert-held': 'an alert is on hold and must be restored first',
  'operation/alert-not-held': 'the alert is not on hold by this state',
  'operation/back-dated': 'claims an earlier time than can be',
  'operation/expired': 'the time to answer is over',
  'operation/expiry': 'the time to answer must end ahead, within thirty days',
  'operation/full': 'the operation has as many records as it may',
  'operation/head': 'must be made for the log as it stands',
  'operation/limit': 'the compartment has as many operations as it may',
  'operation/not-entitled': 'not for this person to do',
  'operation/object': 'does not have the object id and version of such a record',
  'operation/other-call': 'answers another call',
  'operation/other-freeze': 'endorses another freeze',
  'operation/other-plan': 'is about another plan than the newest',
  'operation/other-state': 'acts for another state',
  'operation/parties-fixed': 'kind, quorum and parties stay while the operation runs',
  'operation/stale': 'was made for another version',
  'operation/too-late': 'happened too long before it was reported',
  'operation/transition': 'not possible as the operation stands',
  'operation/twice': 'was done before',
  'operation/unknown': 'no such operation',
};

const retryable: readonly OperationRefusalCode[] = ['operation/head', 'operation/stale'];

export function refuse(code: OperationRefusalCode, details: Readonly<Record<string, string | number>> = {}): never {
  throw new RefusedError(code, texts[code], { details, retryable: retryable.includes(code) });
}

export function demand(
  holds: boolean,
  code: OperationRefusalCode,
  details: Readonly<Record<string, string | number>> = {},
): asserts holds {
  if (!holds) refuse(code, details);
}
