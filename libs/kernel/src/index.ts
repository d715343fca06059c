export * from './actid.js';
export * from './brand.js';
export * from './bytes.js';
export * from './clock.js';
export * from './errors.js';
export * from './ids.js';
export * from './limits.js';
export * from './secret.js';
