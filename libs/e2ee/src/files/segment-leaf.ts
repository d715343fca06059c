import { sha256 } from '@rogatory/crypto/segments';
import { ByteWriter } from '@rogatory/protocol/files';

const LEAF = new Uint8Array([0]);

/** SPEC: files 3: leaf = SHA-256(0x00 ‖ i u64 ‖ sealed segment) */
export function segmentLeaf(index: number, sealedSegment: Uint8Array): Uint8Array {
  return sha256(LEAF, new ByteWriter().u64(index).finish(), sealedSegment);
}
