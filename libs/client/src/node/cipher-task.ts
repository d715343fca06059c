import { isRogatoryError, type Secret } from '@rogatory/kernel';
import type { FileLayout } from '@rogatory/e2ee/files';
import { openPart, PartBuffers, sealPart } from '../documents/part-cipher.js';

/** The file that a thread works on, and its own buffers. */
export interface CipherFile {
  readonly key: Secret;
  readonly layout: FileLayout;
  readonly buffers: PartBuffers;
}

/** One part to seal or open; its buffer is given away. */
export interface CipherTask {
  readonly id: number;
  readonly kind: 'seal' | 'open';
  readonly index: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export type CipherAnswer =
  | { readonly id: number; readonly kind: 'done'; readonly bytes: Uint8Array; readonly leaves: Uint8Array }
  | { readonly id: number; readonly kind: 'failed'; readonly code: string };

/**
 * What a thread does with one task. The result lies in a buffer of the thread, which keeps that of the task for its next
 * one: a transfer takes no more memory than the parts that are in work.
 */
export function carryOut(task: CipherTask, file: CipherFile): CipherAnswer {
  const { id, kind, index, bytes: given } = task;
  const { buffers } = file;
  const place = { ...file, index };
  try {
    if (kind === 'seal') return { id, kind: 'done', ...sealPart(place, given, buffers) };
    const { content, leaves } = openPart(place, given, buffers);
    return { id, kind: 'done', bytes: content, leaves };
  } catch (error) {
    return { id, kind: 'failed', code: isRogatoryError(error) ? error.code : 'internal' };
  } finally {
    buffers.give(given);
  }
}
