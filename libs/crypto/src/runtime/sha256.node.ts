import { createHash, createHmac, hash } from 'node:crypto';
import { concatBytes } from '@rogatory/kernel';
import type { Sha256, Sha256Stream } from './sha256.js';

function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

const DIGEST_BYTES = 32;
/** Up to here the parts are joined, which costs less than a running hash. */
const MAX_JOINED_BYTES = 64 * 1024;

/**
 * A digest that was given as a text of one character per byte: a buffer from outside of the JavaScript heap costs four
 * times what the hash of a tree node does.
 */
function bytesOf(text: string): Uint8Array {
  const out = new Uint8Array(DIGEST_BYTES);
  for (let i = 0; i < DIGEST_BYTES; i++) out[i] = text.charCodeAt(i);
  return out;
}

/** One call without an object to collect: a tree is made of nothing but such hashes. */
function oneShot(bytes: Uint8Array): Uint8Array {
  return bytesOf(hash('sha256', bytes, 'binary'));
}

function digest(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return oneShot(only);
  let length = 0;
  for (const part of parts) length += part.length;
  if (length <= MAX_JOINED_BYTES) return oneShot(concatBytes(...parts));
  const running = createHash('sha256');
  for (const part of parts) running.update(part);
  return plain(running.digest());
}

function stream(): Sha256Stream {
  const running = createHash('sha256');
  const self: Sha256Stream = {
    update(bytes) {
      running.update(bytes);
      return self;
    },
    digest: () => plain(running.digest()),
  };
  return self;
}

function hmac(key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  // Joined first: each `update` is a call out of JavaScript that costs more than copying a few hundred bytes.
  return bytesOf(
    createHmac('sha256', key)
      .update(concatBytes(...parts))
      .digest('binary'),
  );
}

/** SHA-256 of `node:crypto`. */
export const sha256Runtime: Sha256 = { digest, stream, hmac };
