import { isRogatoryError, type Secret } from '@rogatory/kernel';
import type { FileLayout } from '@rogatory/e2ee/files';
import { openPart, sealPart } from './part-cipher.js';

/** The file that a thread works on. */
export interface CipherFile {
  readonly key: Secret;
  readonly layout: FileLayout;
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

/** What a thread does with one task. The result lies in the buffer of the task, where there is room. */
export function carryOut(task: CipherTask, file: CipherFile): CipherAnswer {
  const { id, kind, index, bytes: given } = task;
  const place = { ...file, index };
  try {
    if (kind === 'seal') return { id, kind: 'done', ...sealPart(place, given) };
    const { content, leaves } = openPart(place, given);
    return { id, kind: 'done', bytes: content, leaves };
  } catch (error) {
    return { id, kind: 'failed', code: isRogatoryError(error) ? error.code : 'internal' };
  }
}
