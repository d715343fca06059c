import { RefusedError, VerificationError } from '@rogatory/kernel';

/** A rule of the chain or of the content log does not hold: the object is refused for ever, by everyone. */
export type ChainVerificationCode =
  | 'chain/archive'
  | 'chain/barrier'
  | 'chain/body'
  | 'chain/boxes'
  | 'chain/cause'
  | 'chain/commitments'
  | 'chain/compartment'
  | 'chain/complaint'
  | 'chain/directory-head'
  | 'chain/epoch'
  | 'chain/fork'
  | 'chain/genesis'
  | 'chain/heartbeat'
  | 'chain/history'
  | 'chain/invitation'
  | 'chain/last-lead'
  | 'chain/leaf'
  | 'chain/limit'
  | 'chain/log-head'
  | 'chain/member'
  | 'chain/member-root'
  | 'chain/not-live'
  | 'chain/policy'
  | 'chain/right'
  | 'chain/role-ceiling'
  | 'chain/root-head'
  | 'chain/sender-sequence'
  | 'chain/signer'
  | 'chain/stored-log'
  | 'chain/suite'
  | 'chain/time'
  | 'chain/wrong-case';

/** The object may be right, but not now: the author rebases, rotates or waits. */
export type ChainRefusalCode =
  | 'chain/behind'
  | 'chain/closed'
  | 'chain/directory-behind'
  | 'chain/root-behind'
  | 'chain/rotate-first'
  | 'chain/stale-head';

export type ChainErrorCode = ChainVerificationCode | ChainRefusalCode;

const refusals: Readonly<Record<ChainRefusalCode, { readonly text: string; readonly retryable: boolean }>> = {
  'chain/behind': { text: 'cites more of the history than is known here', retryable: true },
  'chain/closed': { text: 'the case is closed', retryable: false },
  'chain/directory-behind': { text: 'cites a newer directory than is known here', retryable: true },
  'chain/root-behind': { text: 'cites a newer root chain than is known here', retryable: true },
  'chain/rotate-first': { text: 'the key must be renewed before anything is written', retryable: true },
  'chain/stale-head': { text: 'was not made for the newest head', retryable: true },
};

/** Why a demand failed, in the words of docs/spec/chains.md. Never says which byte. */
export function demand(holds: boolean, code: ChainVerificationCode, text: string): asserts holds {
  if (!holds) throw new VerificationError(code, text);
}

export function refusal(code: ChainRefusalCode, details: Readonly<Record<string, number>> = {}): RefusedError {
  const { text, retryable } = refusals[code];
  return new RefusedError(code, text, { retryable, details });
}
