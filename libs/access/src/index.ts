export * from './audit-coverage.js';
export * from './decide.js';
export * from './explain.js';
export * from './operations.js';
export * from './principal.js';
