import { sha256Stream } from '@rogatory/crypto/verify';
import type { FileSource } from './file-ports.js';

const BLOCK_BYTES = 1024 * 1024;

/** SHA-256 of a source as it is now, as a manifest states it; in bounded memory. */
export async function hashOf(source: FileSource): Promise<Uint8Array> {
  const { size } = await source.mark();
  const hash = sha256Stream();
  for (let offset = 0; offset < size; offset += BLOCK_BYTES) {
    const block = new Uint8Array(Math.min(BLOCK_BYTES, size - offset));
    hash.update(await source.read(offset, block));
  }
  return hash.digest();
}
