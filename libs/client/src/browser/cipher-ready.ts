/** What a worker says once, when it is ready: what is sent to one that still loads its cipher may be lost. */
export const CIPHER_READY = 'ready';
