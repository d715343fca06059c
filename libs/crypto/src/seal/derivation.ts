import { Secret } from '@rogatory/kernel';
import { type Context, sizes } from '@rogatory/protocol';
import { keyedHash } from '../hash.js';

/**
 * A 32-byte key from a 32-byte key: keyed BLAKE2b-256 over `context ‖ 0x00 ‖ parts`. Every input names the suite and the
 * ids it belongs to; a part of variable length carries its own length prefix.
 * @throws UsageError `crypto/length` or `crypto/context`.
 */
export function deriveKey(key: Secret, context: Context, ...parts: readonly Uint8Array[]): Secret {
  return new Secret(keyedHash({ key, context, length: sizes.key }, ...parts));
}

/** As `deriveKey`, but public: the commitment to a key (`keyCommit`, `readCommit`), 32 bytes. */
export function commitToKey(key: Secret, context: Context, ...parts: readonly Uint8Array[]): Uint8Array {
  return keyedHash({ key, context, length: sizes.commitment }, ...parts);
}
