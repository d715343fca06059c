export * from './application/delivery-hub.js';
export * from './application/notice-hub.js';
export * from './application/post-batcher.js';
export * from './application/post-item.js';
export * from './application/subscribe.js';
export type { MessageErrorCode } from './domain/message.errors.js';
export * from './open-messages.js';
