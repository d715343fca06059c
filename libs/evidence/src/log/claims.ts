import type { ActId } from '@rogatory/kernel';

/** What was asked of a log, one verdict each. */
export const auditClaims = ['checkpoint', 'witnesses', 'tree', 'earlier-heads', 'leaves', 'order', 'receipts'] as const;
/** What is asked of opened records besides. */
export const recordClaims = [
  'openings',
  'devices',
  'counters',
  'pairing',
  'erasures',
  'retention',
  'epochs',
  'findings',
] as const;
/**
 * What is asked of evidence that is no log: a proof of one leaf, two heads that contradict each other, a review report, how one log
 * follows another (with the files of both).
 */
export const proofClaims = ['inclusion', 'fork', 'report', 'counts', 'succession', 'old-log', 'next-log'] as const;
export const allClaims = [...auditClaims, ...recordClaims, ...proofClaims] as const;
export type AuditClaim = (typeof allClaims)[number];

/** What a verdict rests on besides the bytes. */
export type TrustBasis =
  | 'log-key'
  | 'witness-keys'
  | 'log-key-and-own-heads'
  | 'log-and-promise-key'
  | 'format'
  | 'commitments'
  | 'directory'
  | 'retention-settings'
  | 'calendars';

/** `unsupported`: of a version or event that this verifier does not know, and did not pass over. */
export type ClaimOutcome = 'holds' | 'fails' | 'not-checked' | 'unsupported';

export interface ClaimVerdict {
  readonly claim: AuditClaim;
  readonly outcome: ClaimOutcome;
  readonly basis: TrustBasis;
  /** How many things were checked. */
  readonly count: number;
  /** Kept receipts that could not be compared with the log: no key for their promise, or no proof beside their leaf. */
  readonly notChecked: number;
  /** Kept promises whose deadline has not come: the log may still owe their records. */
  readonly notDue: number;
  /** What holds together and still has to be explained by somebody, such as a missing number of a device. */
  readonly findings: number;
  /** The first that failed, or was found: index in the log, where it has one. */
  readonly firstBadIndex: number | undefined;
  readonly firstBadRecord: ActId | undefined;
  /** Code of what is wrong, or why nothing was checked. */
  readonly code: string | undefined;
}

export function verdictOf(claim: AuditClaim, outcome: ClaimOutcome, more: Partial<ClaimVerdict> = {}): ClaimVerdict {
  const blank = {
    count: 0,
    notChecked: 0,
    notDue: 0,
    findings: 0,
    firstBadIndex: undefined,
    firstBadRecord: undefined,
    code: undefined,
  };
  return { claim, outcome, basis: 'log-key', ...blank, ...more };
}

export function notChecked(claim: AuditClaim, code: string): ClaimVerdict {
  return verdictOf(claim, 'not-checked', { code });
}

/** Nothing failed, and nothing was of an unknown kind. */
export function areSound(claims: readonly ClaimVerdict[]): boolean {
  return claims.every(({ outcome }) => outcome !== 'fails' && outcome !== 'unsupported');
}
