export * from './application/acted.js';
export * from './application/append-links.js';
export * from './application/case-topics.js';
export {
  CompartmentRead,
  type CompartmentReadPlan,
  factsOf,
  pageSize,
  requireFrom,
} from './application/compartment-read.js';
export * from './application/compartment.store.js';
export * from './application/content-log-writer.js';
export * from './application/content-logs.js';
export * from './application/cut-off.js';
export * from './application/directory-source.js';
export type { Invitations } from './application/invitations.js';
export type { LinkInput } from './application/link-submissions.js';
export * from './application/locked-logs.js';
export * from './application/memberships.js';
export * from './application/read-anchor.js';
export * from './application/read-boxes.js';
export * from './application/read-cases.js';
export * from './application/read-chain.js';
export * from './application/read-content-log.js';
export type { ReadStatements } from './application/read-statements.js';
export { isRepeated, postedEarlier } from './application/repeated-act.js';
export type { SendStatements } from './application/send-statements.js';
export type { CaseErrorCode } from './domain/case.errors.js';
export * from './domain/compartment.js';
export * from './domain/content-entry.js';
export * from './domain/invitation-row.js';
export * from './open-cases.js';
export { caseMigrations } from './storage/case-migrations.js';
export { SqlAnchoredCompartments } from './storage/sql-anchored-compartments.js';
export { SqlCaseOwners } from './storage/sql-case-owners.js';
export { answer } from './graphql/answer.js';
export { casesModule } from './graphql/case.module.js';
export { CaseMutationsResolver } from './graphql/case-mutations.resolver.js';
export { CaseQueriesResolver } from './graphql/case-queries.resolver.js';
export { CompartmentEvent, ItemPosted, PostResult, StaleHead } from './graphql/case.types.js';
export { staleView } from './graphql/case-views.js';
