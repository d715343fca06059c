export * from './application/change-operation.js';
export * from './application/operation.store.js';
export * from './application/read-operations.js';
export * from './domain/stored-operation.js';
export type { OperationsErrorCode } from './domain/operations.errors.js';
export { operationMigrations } from './storage/operation-migrations.js';
export * from './open-operations.js';
export { operationsModule } from './graphql/operation.module.js';
export { OperationResolver } from './graphql/operation.resolver.js';
