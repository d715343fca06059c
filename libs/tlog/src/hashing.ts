import { UsageError, limits } from '@rogatory/kernel';
import { sha256 } from '@rogatory/crypto/verify';

/** Bytes of every hash in a tree: SHA-256. */
export const HASH_BYTES = 32;

// SPEC: RFC 6962 2.1: leaves are hashed behind 0x00, nodes behind 0x01, which gives second preimage resistance.
const leafScratch = new Uint8Array(1 + limits.maxLogEntryBytes);
const nodeScratch = new Uint8Array(1 + 2 * HASH_BYTES);
nodeScratch[0] = 1;

/**
 * Merkle leaf hash of an entry's exact bytes (RFC 6962 section 2.1).
 * @throws UsageError `tlog/entry-length` beyond 65,535 bytes, which no entry bundle can hold.
 */
export function leafHash(entry: Uint8Array): Uint8Array {
  if (entry.length > limits.maxLogEntryBytes) {
    throw new UsageError('tlog/entry-length', 'a log entry is too long', { details: { bytes: entry.length } });
  }
  leafScratch.set(entry, 1);
  return sha256(leafScratch.subarray(0, 1 + entry.length));
}

/** Merkle hash of two subtrees (RFC 6962 section 2.1). @throws UsageError `tlog/hash-length` unless both are hashes. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  // One scratch serves all calls: a short input would leave bytes of an earlier call inside.
  requireHash(left);
  requireHash(right);
  nodeScratch.set(left, 1);
  nodeScratch.set(right, 1 + HASH_BYTES);
  return sha256(nodeScratch);
}

/** Root of the tree without leaves: SHA-256 of nothing (RFC 6962 section 2.1). A fresh copy. */
export function emptyRoot(): Uint8Array {
  return sha256(new Uint8Array(0));
}

/**
 * Root of the perfect subtree over concatenated hashes, of which there are a power of two.
 * @throws UsageError `tlog/hash-length` on any other count.
 */
export function subtreeHash(hashes: Uint8Array): Uint8Array {
  let count = hashes.length / HASH_BYTES;
  if (!Number.isInteger(Math.log2(count))) throw notAHash(hashes.length);
  const level = hashes.slice();
  for (; count > 1; count /= 2) {
    for (let i = 0; i < count / 2; i++) {
      nodeScratch.set(level.subarray(2 * i * HASH_BYTES, (2 * i + 2) * HASH_BYTES), 1);
      level.set(sha256(nodeScratch), i * HASH_BYTES);
    }
  }
  return level.slice(0, HASH_BYTES);
}

/** Whether these bytes can be a hash of a tree: 32 of them. */
export function isHash(bytes: Uint8Array): boolean {
  return bytes.length === HASH_BYTES;
}

/** @throws UsageError `tlog/hash-length` unless 32 bytes. */
export function requireHash(bytes: Uint8Array): void {
  if (!isHash(bytes)) throw notAHash(bytes.length);
}

/** The hash at a place in a run of concatenated hashes; shares memory with it. */
export function hashAt(hashes: Uint8Array, place: number): Uint8Array {
  const hash = hashes.subarray(place * HASH_BYTES, (place + 1) * HASH_BYTES);
  requireHash(hash);
  return hash;
}

function notAHash(bytes: number): UsageError {
  return new UsageError('tlog/hash-length', 'not a SHA-256 hash', { details: { bytes } });
}
