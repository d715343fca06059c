export * from './testing/each-engine.js';
export * from './testing/principals.js';
export {
  administrate,
  createScratchDatabase,
  type ScratchDatabase,
  testPostgresUrl,
  withDatabase,
} from './testing/scratch-postgres.js';
