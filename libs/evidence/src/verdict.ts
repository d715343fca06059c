import type { AuditClaim, ClaimVerdict } from './log/claims.js';

/** Where the keys come from that a verdict rests on. Keys that came with the evidence prove no more than that it fits itself. */
export type KeysFrom = 'pinned' | 'bundle';

/** 0 all that was asked for holds under pinned keys; 1 something is wrong; 2 nothing is wrong, and not all is vouched for. */
export const verifierExitCodes = { verified: 0, failed: 1, notVouchedFor: 2 } as const;
export type VerifierExitCode = (typeof verifierExitCodes)[keyof typeof verifierExitCodes];

/** A verdict in words. */
export function verdictText({ outcome, firstBadIndex }: ClaimVerdict, keysFrom: KeysFrom): string {
  const place = firstBadIndex === undefined ? '' : ` at index ${firstBadIndex}`;
  if (outcome === 'holds') return keysFrom === 'pinned' ? 'verified (pinned keys)' : 'verified (keys from the bundle)';
  if (outcome === 'fails') return `failed${place}`;
  return outcome === 'unsupported' ? `unsupported${place}` : 'unverified';
}

export interface Judged {
  readonly claims: readonly ClaimVerdict[];
  readonly keysFrom: KeysFrom;
  /** Claims that have to be verified; the others may be left unverified for want of what they are checked against. */
  readonly demanded: readonly AuditClaim[];
}

export function exitCodeOf({ claims, keysFrom, demanded }: Judged): VerifierExitCode {
  if (claims.some(({ outcome }) => outcome === 'fails')) return verifierExitCodes.failed;
  const isOpen = claims.some(({ outcome, findings }) => outcome === 'unsupported' || findings > 0);
  const isMissing = demanded.some((claim) => !claims.some((told) => told.claim === claim && told.outcome === 'holds'));
  return isOpen || isMissing || keysFrom === 'bundle' ? verifierExitCodes.notVouchedFor : verifierExitCodes.verified;
}
