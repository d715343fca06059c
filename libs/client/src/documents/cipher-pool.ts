import type { Secret } from '@rogatory/kernel';
import type { FileLayout } from '@rogatory/e2ee';
import { type OpenedPart, openPart, type SealedPart, sealPart } from './part-cipher.js';

/**
 * Seals and opens the parts of one file, several at a time where the platform has threads. `content` and `sealed` are
 * given away: the caller MUST NOT use them afterwards.
 */
export interface PartCipher {
  seal(index: number, content: Uint8Array): Promise<SealedPart>;
  open(index: number, sealed: Uint8Array): Promise<OpenedPart>;
  close(): Promise<void>;
}

/** Makes a cipher for one file; takes a copy of the key. */
export type PartCiphers = (segmentKey: Secret, layout: FileLayout) => PartCipher;

/** In the calling thread: for small files, and where there are no threads. */
export const localPartCiphers: PartCiphers = (segmentKey, layout) => ({
  seal: async (index, content) => sealPart(segmentKey, layout, index, content),
  open: async (index, sealed) => openPart(segmentKey, layout, index, sealed),
  close: async () => undefined,
});
