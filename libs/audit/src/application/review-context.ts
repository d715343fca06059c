import { type ActId, type Clock, type DeviceId, utf8 } from '@rogatory/kernel';
import {
  type AuditEventCode,
  type AuditPurpose,
  type AuditSource,
  type AuditWhat,
  type AuditWho,
} from '@rogatory/protocol';
import type { JobPrincipal } from '@rogatory/platform-database';
import { type AuditEntry, allowedEntry, nothingConcerned, type VerifiedAct } from '../domain/audit-entry.js';
import { reasonMissing } from '../domain/audit.errors.js';
import type { AuditScope } from '../domain/record-filter.js';
import type { RecordedAct } from './audit-recorder.js';
import type { PromiseSigner } from './promise-signer.js';
import { type ReceivedAct, verifyAct } from './verify-act.js';

/** An auditor's request: who asks, from where, for which authorities, with which signed act and reason. */
export interface ReviewContext {
  readonly device: { readonly id: DeviceId; readonly signingKey: Uint8Array };
  readonly who: AuditWho;
  readonly source: AuditSource;
  /** Authorities whose records the auditor's oversight body reviews. */
  readonly scope: AuditScope;
  /** LED article 25(2): what the logs are used for. */
  readonly purpose: AuditPurpose;
  readonly received: ReceivedAct;
}

/** The server's signed promise that the record of a review will be in the log. */
export interface ReviewReceipt {
  readonly recordId: ActId;
  readonly promise: Uint8Array;
}

/** Reads what a review asks for, after it was recorded. */
export const reviewPrincipal: JobPrincipal = { kind: 'job', job: 'audit-review' };

/** The auditor's own statement about this question. @throws as `verifyAct`. */
export function verifyReviewAct(
  context: ReviewContext,
  operation: AuditEventCode,
  statement: string,
  place: Pick<AuditWhat, 'objectId' | 'caseId'> & { readonly clock: Clock; readonly more?: readonly Uint8Array[] },
): VerifiedAct {
  const { objectId, caseId, clock, more = [] } = place;
  return verifyAct(context.received, {
    device: context.device,
    operation,
    ...(objectId === undefined ? {} : { objectId }),
    ...(caseId === undefined ? {} : { caseId }),
    payload: [utf8(statement), ...more],
    nowMs: clock.nowMs(),
  });
}

/** For what is said by its reason alone. @throws RefusedError `audit/reason-missing` for an act without a sealed text. */
export function demandReasonText({ why }: VerifiedAct): void {
  if (why === undefined || why.why.sealedText.length === 0) throw reasonMissing();
}

/** What the auditor is given for a look that was recorded. */
export function receiptOf(recorded: RecordedAct, promises: Pick<PromiseSigner, 'promise'>): ReviewReceipt {
  return { recordId: recorded.id, promise: promises.promise(recorded) };
}

/** The record of a review. */
export function reviewEntry(context: ReviewContext, act: VerifiedAct, what: Partial<AuditWhat>): AuditEntry {
  return allowedEntry(act, { who: context.who, source: context.source, what: { ...nothingConcerned, ...what } });
}
