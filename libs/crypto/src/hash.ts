import { concatBytes, Secret } from '@rogatory/kernel';
import { contexts, type Context } from '@rogatory/protocol';
import { sha256Runtime } from '#sha256';
import { contextError, lengthError } from './crypto.errors.js';
import { sodium } from './sodium.js';

export { sha256, sha256Stream, type Sha256Stream } from './sha256.js';

const KEY_BYTES = 32;
const DIGEST_BYTES = 32;
/** Key of the audit commitments and other uses of HMAC may be public text, so plain bytes are taken too. */
export type KeyBytes = Secret | Uint8Array;

// The registry is closed: a context from anywhere else is refused, also for callers without types.
const prefixes = new Map<string, Uint8Array>(
  Object.values(contexts).map((context) => [context, new TextEncoder().encode(`${context}\0`)]),
);

/** `context ‖ 0x00`, the beginning of every hash and derivation. @throws UsageError `crypto/context`. */
export function contextPrefix(context: Context): Uint8Array {
  const prefix = prefixes.get(context);
  if (prefix === undefined) throw contextError();
  return prefix;
}

export function useKey<Result>(key: KeyBytes, read: (bytes: Uint8Array) => Result): Result {
  return key instanceof Secret ? key.use(read) : read(key);
}

/**
 * The one hash of the product: BLAKE2b-256 (RFC 7693) over `context ‖ 0x00 ‖ parts`, 32 bytes.
 * The parts are joined as they are: a part of variable length must carry its own length prefix.
 * @throws UsageError `crypto/context` for a context outside the registry.
 */
export function hash(context: Context, ...parts: readonly Uint8Array[]): Uint8Array {
  return sodium.crypto_generichash(DIGEST_BYTES, concatBytes(contextPrefix(context), ...parts), null);
}

export interface KeyedHashInput {
  /** Exactly 32 bytes. */
  readonly key: KeyBytes;
  readonly context: Context;
  /** Bytes of output. */
  readonly length: 32 | 64;
}

/**
 * Keyed BLAKE2b over `context ‖ 0x00 ‖ parts`: a MAC and the product's one key derivation. Output that is a key belongs
 * in a `Secret`; clients call `deriveKey` of the seal entry for that.
 * @throws UsageError `crypto/length` unless the key has 32 bytes, `crypto/context` for an unregistered context.
 */
export function keyedHash(input: KeyedHashInput, ...parts: readonly Uint8Array[]): Uint8Array {
  const message = concatBytes(contextPrefix(input.context), ...parts);
  return useKey(input.key, (key) => {
    if (key.length !== KEY_BYTES) throw lengthError();
    return sodium.crypto_generichash(input.length, message, key);
  });
}

/** HMAC-SHA-256 (RFC 2104) over the parts in a row, 32 bytes. */
export function hmacSha256(key: KeyBytes, ...parts: readonly Uint8Array[]): Uint8Array {
  return useKey(key, (bytes) => sha256Runtime.hmac(bytes, parts));
}

/** Equality in constant time for equal lengths; for tokens, tags and commitments. */
export function isEqualConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && (a.length === 0 || sodium.memcmp(a, b));
}
