export * from './nest/access.guard.js';
