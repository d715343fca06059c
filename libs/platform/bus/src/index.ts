export type { Bus, Subscription, Wake } from './bus.js';
export { LocalBus } from './local-bus.js';
export { PostgresBus, type PostgresBusOptions } from './postgres-bus.js';
