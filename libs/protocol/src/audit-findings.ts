import type { AuditEventCode } from './audit-events.js';
import { auditViewStatement } from './audit-query.js';
import type { AuditPurpose } from './why.js';

/** What an auditor says of a finding. */
export const findingVerdictEvents = {
  dismiss: 'audit.finding.dismiss',
  reopen: 'audit.finding.reopen',
} as const satisfies Record<string, AuditEventCode>;
export type FindingVerdict = keyof typeof findingVerdictEvents;

/** Whether somebody has looked at a finding and let it be. One that grew afterwards is open again. */
export const findingStates = ['open', 'dismissed'] as const;
export type FindingState = (typeof findingStates)[number];

/** Which findings an auditor asks for, newest first. */
export interface FindingQuery {
  /** Name of a rule (docs/spec/findings.md 3). */
  readonly rule?: string;
  readonly state?: FindingState;
  /** Findings per page, 1 to `limits.maxPageItems`. */
  readonly first: number;
  /** Id of the last finding of the page before. */
  readonly after?: string;
  /** Name of the log; the one that takes records where left out. */
  readonly shard?: string;
}

/** What the act of listing findings submits. SPEC: acts 7 */
export function auditFindingsStatement(purpose: AuditPurpose, query: FindingQuery): string {
  const { rule, shard, state, first, after } = query;
  const fields = Object.entries({ after, first, rule, shard, state }).filter(([, value]) => value !== undefined);
  return [auditViewStatement(purpose), ...fields.map(([key, value]) => `${key}=${String(value)}`)].join(' ');
}

/** What the act of a verdict submits: with how many records the finding was judged. SPEC: acts 7 */
export function findingVerdictStatement(purpose: AuditPurpose, recordCount: number): string {
  return `${auditViewStatement(purpose)} records=${recordCount}`;
}
