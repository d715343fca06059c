export * from './application/post-batcher.js';
export * from './application/post-item.js';
export type { MessageErrorCode } from './domain/message.errors.js';
