import type { ActId } from '@rogatory/kernel';

/** What was asked of a log, one verdict each. */
export const auditClaims = ['checkpoint', 'witnesses', 'tree', 'earlier-heads', 'leaves', 'order', 'receipts'] as const;
export type AuditClaim = (typeof auditClaims)[number];

/** What a verdict rests on besides the bytes. */
export type TrustBasis = 'log-key' | 'witness-keys' | 'log-key-and-own-heads' | 'log-and-promise-key' | 'format';

export interface ClaimVerdict {
  readonly claim: AuditClaim;
  readonly outcome: 'holds' | 'fails' | 'not-checked';
  readonly basis: TrustBasis;
  /** How many things were checked. */
  readonly count: number;
  /** Kept receipts that could not be compared with the log: no key for their promise, or no proof beside their leaf. */
  readonly notChecked: number;
  /** Kept promises whose deadline has not come: the log may still owe their records. */
  readonly notDue: number;
  /** The first that failed: index in the log, where it has one. */
  readonly firstBadIndex: number | undefined;
  readonly firstBadRecord: ActId | undefined;
  /** Code of what is wrong, or why nothing was checked. */
  readonly code: string | undefined;
}

export function verdictOf(
  claim: AuditClaim,
  outcome: ClaimVerdict['outcome'],
  more: Partial<ClaimVerdict> = {},
): ClaimVerdict {
  const blank = {
    count: 0,
    notChecked: 0,
    notDue: 0,
    firstBadIndex: undefined,
    firstBadRecord: undefined,
    code: undefined,
  };
  return { claim, outcome, basis: 'log-key', ...blank, ...more };
}

export function notChecked(claim: AuditClaim, code: string): ClaimVerdict {
  return verdictOf(claim, 'not-checked', { code });
}
