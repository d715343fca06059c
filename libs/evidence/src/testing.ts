export * from './testing/test-log.js';
export * from './testing/test-records.js';
