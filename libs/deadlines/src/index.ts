export * from './calendar.js';
export * from './deadline.js';
export * from './deadlines.errors.js';
export * from './explain.js';
export * from './period.js';
export * from './rules.js';
export * from './standing.js';
