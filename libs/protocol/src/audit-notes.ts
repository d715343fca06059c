import type { ActId, CaseId } from '@rogatory/kernel';
import { auditViewStatement } from './audit-query.js';
import type { AuditPurpose } from './why.js';

/** What an auditor attaches a note to. */
export type NotedThing = { readonly record: ActId } | { readonly caseId: CaseId };

/** What the act of a note submits; the text of the note is the sealed reason of the act. SPEC: review 4 */
export function auditNoteStatement(purpose: AuditPurpose): string {
  return `${auditViewStatement(purpose)} note`;
}
