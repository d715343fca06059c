import { isRogatoryError } from '@rogatory/kernel';
import { type FollowedLog, type KnownLog, type ToldSuccession, verifySuccession } from '@rogatory/evidence';
import { verificationError } from '../client.errors.js';

export type { FollowedLog, KnownLog, ToldSuccession, ToldWord } from '@rogatory/evidence';

/**
 * The log that follows, once the log that is known says itself that it ended and which one goes on, and that one says the same.
 * SPEC: audit 15
 * @throws VerificationError `client/server-changed` for anything less, with the code of what did not hold; UnavailableError
 * `client/unwitnessed` while no quorum vouches for it.
 */
export function followLog(told: ToldSuccession, known: KnownLog): FollowedLog {
  try {
    return verifySuccession(told, known);
  } catch (error) {
    if (!isRogatoryError(error) || error.family === 'unavailable') throw error;
    const { code, details } = error;
    const reason = code === 'evidence/succession' ? String(details['reason']) : code;
    throw verificationError('client/server-changed', { details: { reason }, cause: error });
  }
}
