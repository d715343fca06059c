import { sha256Runtime } from '#sha256';
import type { Sha256Stream } from './runtime/sha256.js';

export type { Sha256Stream };

/** SHA-256 (FIPS 180-4) of the parts in a row, 32 bytes. For Merkle trees and C2SP formats; else use `hash`. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return sha256Runtime.digest(parts);
}

/** A running SHA-256, for data that does not fit in memory. */
export function sha256Stream(): Sha256Stream {
  return sha256Runtime.stream();
}
