export * from './document-limits.js';
export * from './error-format.js';
export * from './graphql-context.js';
export * from './scalars.js';
export * from './trusted-documents.js';
