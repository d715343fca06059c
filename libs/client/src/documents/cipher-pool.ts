import type { Secret } from '@rogatory/kernel';
import type { FileLayout } from '@rogatory/e2ee/files';
import { type OpenedPart, openPart, PartBuffers, type SealedPart, sealPart } from './part-cipher.js';

/**
 * Seals and opens the parts of one file, several at a time where the platform has threads. `content` and `sealed` are
 * given away: the caller MUST NOT use them afterwards. What comes back lies in `buffers` and is given there when done.
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
export const localPartCiphers: PartCiphers = (key, layout) => {
  const buffers = new PartBuffers();
  return {
    buffers,
    seal: async (index, content) => {
      const part = sealPart({ key, layout, index }, content, buffers);
      buffers.give(content);
      return part;
    },
    open: async (index, sealed) => {
      const part = openPart({ key, layout, index }, sealed, buffers);
      buffers.give(sealed);
      return part;
    },
    close: async () => undefined,
  };
};
