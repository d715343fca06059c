import type { Secret } from '@rogatory/kernel';
import type { FileLayout } from '@rogatory/e2ee/files';
import { type OpenedPart, openPart, PartBuffers, type SealedPart, sealPart } from './part-cipher.js';

/**
 * Seals and opens the parts of one file, several at a time where the platform has threads. `content` and `sealed` are
 * given away with the memory they lie in: best taken from `buffers`, where what comes back is given when done.
 */
export interface PartCipher {
  readonly buffers: PartBuffers;
  seal(index: number, content: Uint8Array): Promise<SealedPart>;
  open(index: number, sealed: Uint8Array): Promise<OpenedPart>;
  close(): Promise<void>;
}

/** Makes a cipher for one file; takes a copy of the key. */
export type PartCiphers = (segmentKey: Secret, layout: FileLayout) => PartCipher;

/** In the calling thread: for small files, and where there are no threads. */
export const localPartCiphers: PartCiphers = (key, layout) => ({
  buffers: new PartBuffers(),
  seal: async (index, content) => sealPart({ key, layout, index }, content),
  open: async (index, sealed) => openPart({ key, layout, index }, sealed),
  close: async () => undefined,
});
