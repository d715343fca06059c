export * from './acts/act-chain.js';
export * from './acts/justification.js';
export {
  type OverdueReceipt,
  type ProvenReceipt,
  type ReceiptReport,
} from './acts/receipts.js';
export * from './audit/absences.js';
export * from './audit/audit.js';
export * from './audit/exports.js';
export type { CompleteList, Wanted } from './audit/completeness.js';
export type { OpenGroups, OpenRecord, ToldErasure } from './audit/open-record.js';
export { fitsFilter } from './audit/record-fits.js';
export * from './audit/findings.js';
export { AuditNotes, type AuditNotesParts } from './audit/notes.js';
export * from './audit/epochs.js';
export * from './audit/orders.js';
export * from './audit/recipients.js';
export * from './audit/reports.js';
export type { RecordList, Review } from './audit/review.js';
export * from './audit/server-log-source.js';
export {
  type AuditClaim,
  auditClaims,
  type AuditReport,
  type AuditVerification,
  type ClaimVerdict,
  type KeptReceipt,
  type LogSource,
  type TrustBasis,
  verifyAuditLog,
  verifyForkFile,
} from '@rogatory/evidence';
export type { Anchors } from './cases/anchors.js';
export * from './cases/cases.js';
export { Compartment } from './cases/compartment.js';
export * from './cases/following.js';
export * from './cases/invitations.js';
export type { ItemContent, UnreadableItem } from './cases/item-content.js';
export type { ItemTimes } from './cases/item-times.js';
export * from './cases/members.js';
export { OpenCase, rootOf } from './cases/open-case.js';
export type { VerifiedEvent, VerifiedItem } from './cases/replica.js';
export { type Client, type ClientOptions, openClient, type OwnIdentity } from './client.js';
export { type ClientErrorCode, ServerToldError } from './client.errors.js';
export { type Contact, Contacts } from './directory/contacts.js';
export { Directory } from './directory/directory.js';
export { localPartCiphers, type PartCipher, type PartCiphers } from './documents/cipher-pool.js';
export * from './documents/documents.js';
export * from './documents/file-ports.js';
export type { BegunUpload, UploadPlan } from './documents/upload-log.js';
export * from './keys/key-store.js';
export { Prekeys } from './keys/prekeys.js';
export * from './messages/messages.js';
export type { ServerDescription } from './session/server-facts.js';
export { Alarms } from './state/alarms.js';
export type { Alarm, Concern, OnConcern } from './state/concern.js';
export { MemoryStateStore } from './state/memory-state-store.js';
export type { ServerPins } from './state/device-memory.js';
export type { StateStore } from './state/state-store.js';
export type { OpenStep, OpenTask } from './tasks/open-task.js';
export type { ChangeDraft, ProposalDraft } from './tasks/task-drafts.js';
export type { TaskEvent } from './tasks/task-replay.js';
export type { OwnTask, OwnWork, OwnWorkRange, UnopenedWork } from './tasks/own-work.js';
export { Tasks } from './tasks/tasks.js';
export { FetchTransport, type FetchTransportOptions, originOf } from './transport/fetch-transport.js';
export * from './transport/transport.js';
export * as operations from './operations.generated.js';
