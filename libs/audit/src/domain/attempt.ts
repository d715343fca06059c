import { isRogatoryError } from '@rogatory/kernel';
import type { AuditOutcome } from '@rogatory/protocol';

/** How a failed attempt stands in its record. */
export interface Failure {
  readonly outcome: Extract<AuditOutcome, 'denied' | 'error'>;
  readonly reasonCode: string;
}

const REASON_CODE = /^[a-z0-9/.-]{1,64}$/;

/** `denied` where policy, state or proof said no, `error` where something of ours failed; never a text of the error. */
export function failureOf(error: unknown): Failure {
  if (!isRogatoryError(error)) return { outcome: 'error', reasonCode: 'internal' };
  const reasonCode = REASON_CODE.test(error.code) ? error.code : 'internal';
  const isOurs = error.family === 'internal' || error.family === 'unavailable';
  return { outcome: isOurs ? 'error' : 'denied', reasonCode };
}

/** Whether the error says that the act's id or counter stands in a record already. */
export function isTaken(error: unknown): boolean {
  return isRogatoryError(error) && (error.code === 'audit/duplicate-act' || error.code === 'audit/counter-reused');
}

/** Whether nobody can say if the transaction committed. */
export function isUndecided(error: unknown): boolean {
  return isRogatoryError(error) && error.code === 'database/commit-unknown';
}
