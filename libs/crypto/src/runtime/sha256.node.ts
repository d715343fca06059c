import { createHash, hash } from 'node:crypto';
import type { Sha256, Sha256Stream } from './sha256.js';

function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

const DIGEST_BYTES = 32;
const BLOCK_BYTES = 64;
/** Up to here the parts are joined, which costs less than a running hash. */
const MAX_JOINED_BYTES = 64 * 1024;
const scratch = new Uint8Array(MAX_JOINED_BYTES);

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

/** One call over all parts, joined in a place that serves every call: one of its own would cost as much as the hash. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  let at = 0;
  for (const part of parts) {
    scratch.set(part, at);
    at += part.length;
  }
  const used = scratch.subarray(0, at);
  const out = oneShot(used);
  // Parts may be secret.
  used.fill(0);
  return out;
}

function digest(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return oneShot(only);
  let length = 0;
  for (const part of parts) length += part.length;
  if (length <= MAX_JOINED_BYTES) return joined(parts);
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

/** SPEC: RFC 2104 2: H(K xor opad ‖ H(K xor ipad ‖ text)), K filled up to the block of the hash; a longer key is hashed. */
function hmac(key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  // Two hashes in one call each: the running object of Node costs three times as much as a short text's MAC.
  const inner = new Uint8Array(BLOCK_BYTES);
  const outer = new Uint8Array(BLOCK_BYTES + DIGEST_BYTES);
  inner.set(key.length > BLOCK_BYTES ? oneShot(key) : key);
  for (let i = 0; i < BLOCK_BYTES; i++) {
    const byte = inner[i] as number;
    inner[i] = byte ^ 0x36;
    outer[i] = byte ^ 0x5c;
  }
  outer.set(digest([inner, ...parts]), BLOCK_BYTES);
  const mac = oneShot(outer);
  inner.fill(0);
  outer.fill(0);
  return mac;
}

/** SHA-256 of `node:crypto`. */
export const sha256Runtime: Sha256 = { digest, stream, hmac };
