import { InternalError, RefusedError, UnavailableError, UsageError, VerificationError } from '@rogatory/kernel';

export type AuditErrorCode =
  | 'audit/incomplete-entry'
  | 'audit/duplicate-act'
  | 'audit/counter-reused'
  | 'audit/act'
  | 'audit/act-time'
  | 'audit/reason-missing'
  | 'audit/unavailable'
  | 'audit/log-corrupt'
  | 'audit/log-lost'
  | 'audit/log-differs'
  | 'audit/copy-unsigned'
  | 'audit/copy-short'
  | 'audit/copy-differs'
  | 'audit/not-abandoned'
  | 'audit/turned-since'
  | 'audit/log-set-back'
  | 'audit/signer-rewound'
  | 'audit/signer-forked'
  | 'audit/signer-unknown-log'
  | 'audit/signer-state'
  | 'audit/witness-refused'
  | 'audit/witness-ahead'
  | 'audit/not-found'
  | 'audit/own-finding'
  | 'audit/findings-moved'
  | 'audit/report'
  | 'audit/report-stale'
  | 'audit/filter'
  | 'audit/unknown-log'
  | 'audit/shard'
  | 'audit/turn-unwitnessed';

/** An entry without a group that its event demands: the caller is wrong, and nothing may happen unrecorded. */
export const incompleteEntry = (group: string) =>
  new UsageError<AuditErrorCode>('audit/incomplete-entry', 'an audit entry lacks a group of its event', {
    details: { group },
  });
/** The same act came before; its effect, if it had one, stands. */
export const duplicateAct = () =>
  new RefusedError<AuditErrorCode>('audit/duplicate-act', 'this act was recorded before');
/** Two different acts of a device carry one counter: its state was copied or set back. */
export const counterReused = () =>
  new RefusedError<AuditErrorCode>('audit/counter-reused', 'the device used this counter for another act');
/** One answer for everything that is wrong with a signed act. */
export const wrongAct = (cause?: unknown) =>
  new VerificationError<AuditErrorCode>('audit/act', 'the signed act does not fit the request', { cause });
export const actTime = (serverTimeMs: number) =>
  new RefusedError<AuditErrorCode>('audit/act-time', 'the time of the act is too far from the time of the server', {
    details: { serverTimeMs },
  });
export const reasonMissing = () => new RefusedError<AuditErrorCode>('audit/reason-missing', 'this act needs a reason');
export const auditUnavailable = (reason: string, cause?: unknown) =>
  new UnavailableError<AuditErrorCode>('audit/unavailable', 'the audit log cannot vouch for this now', {
    details: { reason },
    cause,
  });
/** Storage does not hold what the head says; nothing is signed until somebody investigated. */
export const logCorrupt = (origin: string, size: number) =>
  new InternalError<AuditErrorCode>('audit/log-corrupt', 'the stored log does not fit its head', {
    details: { origin, size },
  });
/** Another sequencer moved the head first. */
export const logLost = () => new RefusedError<AuditErrorCode>('audit/log-lost', 'another sequencer moved the head');
export const signerRewound = (details: { readonly signedSize: number; readonly askedSize: number }) =>
  new VerificationError<AuditErrorCode>('audit/signer-rewound', 'the log is shorter than what was signed', { details });
export const signerForked = (details: { readonly signedSize: number; readonly askedSize: number }) =>
  new VerificationError<AuditErrorCode>('audit/signer-forked', 'the log does not extend what was signed', { details });
export const signerUnknownLog = (origin: string) =>
  new VerificationError<AuditErrorCode>('audit/signer-unknown-log', 'the signer never signed this log', {
    details: { origin },
  });
/** Another history than this one was shown to the witness, or it is not a witness of this log. */
export const witnessRefused = (status: number) =>
  new VerificationError<AuditErrorCode>('audit/witness-refused', 'a witness refuses the head of the log', {
    details: { status },
  });
export const witnessAhead = (details: { readonly witnessedSize: number; readonly size: number }) =>
  new VerificationError<AuditErrorCode>('audit/witness-ahead', 'a witness holds a larger log than there is', {
    details,
  });
export const signerState = (cause?: unknown) =>
  new InternalError<AuditErrorCode>('audit/signer-state', 'the state of the signer cannot be read', { cause });
/** "Absent" and "not yours to see" are one answer. */
export const recordNotFound = () => new RefusedError<AuditErrorCode>('audit/not-found', 'no such record');
export const wrongFilter = () => new RefusedError<AuditErrorCode>('audit/filter', 'not a filter of audit records');
/** @param logs names of those that there are; they are no secret. */
export const unknownLog = (logs: readonly string[]) =>
  new RefusedError<AuditErrorCode>('audit/unknown-log', 'there is no log of this name', {
    details: { logs: logs.slice(-SHOWN_LOGS).join(', ') },
  });
const SHOWN_LOGS = 20;
/** The log's own signature is missing from the head of a copy. */
export const copyUnsigned = (cause?: unknown) =>
  new VerificationError<AuditErrorCode>('audit/copy-unsigned', 'the head of the copy is not signed by this log', {
    cause,
  });
export const copyShort = (details: { readonly copySize: number; readonly signedSize: number }, cause?: unknown) =>
  new VerificationError<AuditErrorCode>('audit/copy-short', 'the copy does not reach the last signed head', {
    details,
    cause,
  });
export const copyDiffers = (details: Readonly<Record<string, string | number>>) =>
  new VerificationError<AuditErrorCode>('audit/copy-differs', 'the copy is not of the history that was signed', {
    details,
  });
/** Only a log that cannot be carried on is given up. */
export const notAbandoned = (origin: string) =>
  new UsageError<AuditErrorCode>('audit/not-abandoned', 'the stored log has all that was signed: it goes on', {
    details: { origin },
  });
/** The signer knows the log that follows the one that was set back: neither may be taken for what it is not. */
export const turnedSince = (details: { readonly origin: string; readonly next: string; readonly nextSize: number }) =>
  new UsageError<AuditErrorCode>(
    'audit/turned-since',
    'this log had ended since the backup: where the next one was signed, both are put back from copies, the earlier first',
    { details },
  );
/**
 * The database was set back behind what its signer signed. A server that went on would number other records under
 * indices that were given away, and no witness or client would follow it.
 */
export const logSetBack = (details: {
  readonly log: string;
  /** Where there are several: which. */
  readonly shard?: string;
  readonly size: number;
  readonly signedSize: number;
}) =>
  new VerificationError<AuditErrorCode>(
    'audit/log-set-back',
    'the database is older than the log that was signed: run "rogatory audit recover" before the server starts',
    { details },
  );
/** Nobody says of oneself that there is nothing to look at. */
export const ownFinding = () =>
  new RefusedError<AuditErrorCode>('audit/own-finding', 'nobody judges a finding about themselves');
/** Another server computed the same records first, or an erasure came in between; the next run goes on from there. */
export const findingsMoved = () =>
  new RefusedError<AuditErrorCode>('audit/findings-moved', 'the findings were computed or erased by somebody else');
/** Of another body, log, scope or purpose, or with counts that the log does not bear out. */
export const wrongReport = (cause?: unknown) =>
  new RefusedError<AuditErrorCode>('audit/report', 'not a review report of this body on this log', { cause });
/** Periods follow each other: somebody reported meanwhile, or there is nothing new. */
export const reportStale = () =>
  new RefusedError<AuditErrorCode>('audit/report-stale', 'the report is not about the period that comes next');
/** Other records than these come after the last one of a log: it was ended by somebody else, and this server has to follow. */
export const logEnded = (cause?: unknown) => auditUnavailable(LOG_ENDED, cause);
const LOG_ENDED = 'log-ended';
export const isLogEnded = (error: unknown): boolean =>
  error instanceof UnavailableError && error.code === 'audit/unavailable' && error.details['reason'] === LOG_ENDED;
/** A log ends, and the next begins, before the eyes of a quorum or not at all. */
export const turnUnwitnessed = (details: { readonly origin: string; readonly size: number }) =>
  new UnavailableError<AuditErrorCode>(
    'audit/turn-unwitnessed',
    'no quorum of witnesses vouches for this end of a log',
    {
      details,
    },
  );
