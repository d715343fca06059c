import type { RequestContext } from '@rogatory/access';
import type { ActId, ObjectId } from '@rogatory/kernel';
import { auditObjectKinds } from '@rogatory/protocol';
import { sourceOf, whoOf } from '../application/request-facts.js';
import { type AuditEntry, nothingConcerned } from '../domain/audit-entry.js';

/** The record, under a fresh id, of a look at one's own receipt. */
export function receiptEntry(ctx: RequestContext, id: ActId, looked: ActId): AuditEntry {
  const objectId = looked as string as ObjectId;
  return {
    id,
    event: 'audit.receipt',
    outcome: 'allowed',
    reasonCode: 'ok',
    who: whoOf(ctx.principal),
    what: { ...nothingConcerned, objectKind: auditObjectKinds.record, objectId, count: 1 },
    source: sourceOf(ctx),
  };
}
