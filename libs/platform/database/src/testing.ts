export * from './testing/each-engine.js';
export * from './testing/principals.js';
export { administrate, createScratchDatabase, testPostgresUrl, withDatabase } from './testing/scratch-postgres.js';
