export * from './database.js';
export { databaseError, DriverFault } from './database-errors.js';
export type { Migration } from './migration.js';
export * from './open-database.js';
export * from './principal.js';
export * from './row-reader.js';
export * from './statement.js';
export * from './unaudited-reasons.js';
