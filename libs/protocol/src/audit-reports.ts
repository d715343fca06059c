import { auditViewStatement } from './audit-query.js';
import type { AuditPurpose } from './why.js';

/** What of a review report its record says in the open: where the reviewed records begin, and when. */
export interface ReportPlace {
  readonly firstIndex: number;
  /** UTC milliseconds. */
  readonly fromMs: number;
}

/** First part of what the act of a review report submits; the second are the bytes of the report. SPEC: review 5.2 */
export function auditReportStatement(purpose: AuditPurpose, { firstIndex, fromMs }: ReportPlace): string {
  return `${auditViewStatement(purpose)} report firstIndex=${firstIndex} fromMs=${fromMs}`;
}

/** What the act of asking for the review reports of one's own body submits. */
export function auditReportsStatement(purpose: AuditPurpose, { first, before }: ReportPage): string {
  return `${auditViewStatement(purpose)} reports${before === undefined ? '' : ` before=${before}`} first=${first}`;
}

/** Reports of a page, newest first. */
export interface ReportPage {
  readonly first: number;
  /** Give the record id of the last report of the page before. */
  readonly before?: string;
}
