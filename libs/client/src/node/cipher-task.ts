import { isRogatoryError, type Secret } from '@rogatory/kernel';
import type { FileLayout } from '@rogatory/e2ee';
import { openPart, PartBuffers, sealPart } from '../documents/part-cipher.js';

/** One part to seal or open; both buffers are given away and come back with the answer. */
export interface CipherTask {
  readonly id: number;
  readonly kind: 'seal' | 'open';
  readonly index: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where the result goes. */
  readonly spare: ArrayBuffer;
}

interface Answered {
  readonly id: number;
  /** The bytes of the task, for their buffer. */
  readonly given: Uint8Array<ArrayBuffer>;
}

export type CipherAnswer =
  | (Answered & { readonly kind: 'done'; readonly bytes: Uint8Array; readonly leaves: Uint8Array })
  | (Answered & { readonly kind: 'failed'; readonly code: string });

/** What a thread does with one task: the result lies in the spare buffer. */
export function carryOut(task: CipherTask, key: Secret, layout: FileLayout): CipherAnswer {
  const { id, kind, index, bytes: given, spare } = task;
  const buffers = new PartBuffers();
  buffers.give(new Uint8Array(spare));
  const place = { key, layout, index };
  try {
    if (kind === 'seal') return { id, kind: 'done', given, ...sealPart(place, given, buffers) };
    const { content, leaves } = openPart(place, given, buffers);
    return { id, kind: 'done', given, bytes: content, leaves };
  } catch (error) {
    return { id, kind: 'failed', given, code: isRogatoryError(error) ? error.code : 'internal' };
  }
}
