import { limits } from '@rogatory/kernel';
import { asBytes, asFlag, asList, asWhole } from '../transport/answer.js';
import type { ToldEvent } from './replica.js';

/** A box as a server tells it, with the proof that it is one of its link's. */
export interface ToldBox {
  readonly bytes: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

export function toldEvent(event: {
  readonly position: unknown;
  readonly isLink: unknown;
  readonly bytes: unknown;
  readonly receivedAtMs: unknown;
}): ToldEvent {
  return {
    position: asWhole(event.position),
    isLink: asFlag(event.isLink),
    bytes: asBytes(event.bytes),
    receivedAtMs: asWhole(event.receivedAtMs),
  };
}

export function toldBox(box: { readonly seq: unknown; readonly bytes: unknown; readonly proof: readonly unknown[] }) {
  return {
    seq: asWhole(box.seq),
    bytes: asBytes(box.bytes),
    proof: asList(box.proof, limits.maxProofHashes).map(asBytes),
  };
}
