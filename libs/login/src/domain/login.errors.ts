import { RefusedError } from '@rogatory/kernel';

export type LoginErrorCode =
  | 'login/refused'
  | 'login/clock'
  | 'login/other-server'
  | 'login/too-many-attempts'
  | 'login/session';

/** Why a login failed: for the record alone. Whoever asks gets `login/refused`, whatever it was. */
export type LoginFault =
  | 'challenge'
  | 'challenge-used'
  | 'unknown-device'
  | 'signature'
  | 'not-live'
  | 'refresh-token'
  | 'refresh-reused'
  | 'session-ended';

/** One answer for every device, known or not, and for every proof that does not hold. */
export const loginRefused = (fault: LoginFault) =>
  new RefusedError<LoginErrorCode>('login/refused', 'the login was refused', { cause: fault });
/** Says nothing about a device: it rests on what the caller sent and on the time. */
export const wrongClock = (serverTimeMs: number) =>
  new RefusedError<LoginErrorCode>('login/clock', 'the clock of the device is too far from that of the server', {
    details: { serverTimeMs },
  });
/** The statement was made for another federation or under another name of the server. */
export const otherServer = () =>
  new RefusedError<LoginErrorCode>('login/other-server', 'the statement was made for another server');
export const tooManyAttempts = (retryAfterMs: number) =>
  new RefusedError<LoginErrorCode>('login/too-many-attempts', 'too many failed attempts; try again later', {
    details: { retryAfterMs },
    retryable: true,
  });
/** The access token proves nothing (any more): refresh, or log in again. */
export const noSession = () =>
  new RefusedError<LoginErrorCode>('login/session', 'the session has ended; refresh it, or log in again');

/** The fault behind `login/refused`, for the record. */
export function loginFaultOf(error: unknown): LoginFault | undefined {
  if (!(error instanceof RefusedError) || error.code !== 'login/refused') return undefined;
  return error.cause as LoginFault;
}
