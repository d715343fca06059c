export * from './application/act-runner.js';
export * from './application/audit-record.store.js';
export * from './application/audit-recorder.js';
export { commitBehind } from './application/commit-behind.js';
export { buildRecord, type OpenedGroup, openGroup, type RecordPlace } from './application/build-record.js';
export { CheckLog, type LogCheckScope, type LogReport } from './application/check/check-log.js';
export { type LogFinding, type LogFindingCode, logFindings } from './application/check/log-finding.js';
export type { CaseOwners } from './application/case-owners.js';
export { type BegunExport, ExportRecords, type ExportRequest } from './application/export/export-records.js';
export * from './application/epochs/epoch.store.js';
export * from './application/epochs/epochs.js';
export * from './application/epochs/read-epochs.js';
export * from './application/get-record.js';
export * from './application/list-records.js';
export * from './application/log/checkpoint-publisher.js';
export { type HeadView, HeadViews } from './application/log/head-views.js';
export * from './application/log/log-files.js';
export * from './application/log/log-reader.js';
export * from './application/log/log-signer.js';
export { genesisEntry } from './application/log/log-succession.js';
export * from './application/log/log-tree.store.js';
export * from './application/log/log-worker.js';
export * from './application/log/sequencer.js';
export * from './application/log/transparency-log.js';
export type { WitnessClient, WitnessReply } from './application/log/witness-client.js';
export type { WitnessState } from './application/log/witness-worker.js';
export * from './application/month-keys.js';
export * from './application/promise-signer.js';
export * from './application/read-receipt.js';
export * from './application/release-gate.js';
export * from './application/request-facts.js';
export * from './application/review-context.js';
export * from './application/findings/compute-findings.js';
export * from './application/findings/judge-finding.js';
export * from './application/findings/list-findings.js';
export type { ReviewedRecord } from './application/reviewed-record.js';
export * from './application/verify-act.js';
export * from './audit-log.js';
export { currentShard } from './current-shard.js';
export { type Failure, failureOf } from './domain/attempt.js';
export * from './domain/audit-entry.js';
export type { AuditErrorCode } from './domain/audit.errors.js';
export * from './domain/record-filter.js';
export * from './domain/stored-record.js';
export type { FindingFacts, FindingsPart } from './findings-part.js';
export * from './folder-signer.js';
export { auditLogOf, logCheck, openAuditLogCheck } from './log-check.js';
export * from './application/retention/audit-orders.js';
export type { Expired, ExpireOpenings } from './application/retention/expire-openings.js';
export type { RetentionErrorCode } from './application/retention/retention.errors.js';
export type { StoredOrder } from './application/retention/order.store.js';
export { HttpWitness } from './http-witness.js';
export {
  abandonLog,
  type OfferedCopy,
  type RecoveryOptions,
  refillLog,
  requireSignedHead,
  storedLogSize,
} from './recovery/open-recovery.js';
export type { Abandonment } from './recovery/abandon-log.js';
export type { Refill } from './recovery/refill-log.js';
export * from './running-log.js';
export { auditMigrations } from './storage/audit-migrations.js';
export { FolderSignerStore } from './storage/folder-signer.store.js';
export { SqlAuditRecordStore } from './storage/sql-audit-record.store.js';
export { AuditLeafSource, NumberedLeafSource, type NumberedTable } from './storage/sql-leaf-sources.js';
export { SqlExportSource } from './storage/sql-export-source.js';
export { SqlLogTreeStore } from './storage/sql-log-tree.store.js';
export { SqlMonthKeyStore } from './storage/sql-month-key.store.js';
export { parsePurpose } from './graphql/audit.mapping.js';
export { auditModule } from './graphql/audit.module.js';
export type { EpochUseCases } from './graphql/epochs.resolver.js';
export type { AuditUseCases } from './graphql/audit.resolver.js';
export type { ReviewedAuthorities } from './graphql/review-asker.js';
export type { FindingUses } from './graphql/findings.resolver.js';
