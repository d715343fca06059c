/** Checks of many signatures in one go, for threads of Node. */
export { judged, packed } from './signature-batch.js';
export type { SignatureCheck, SignedBytes } from './signature-check.js';
