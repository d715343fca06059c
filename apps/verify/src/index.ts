export * from './run-verifier.js';
