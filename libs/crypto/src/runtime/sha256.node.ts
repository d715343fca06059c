import { createHash, createHmac, hash } from 'node:crypto';
import type { Sha256, Sha256Stream } from './sha256.js';

function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

function digest(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  // One call without an object to collect: a tree is made of nothing but such hashes.
  if (only !== undefined && parts.length === 1) return plain(hash('sha256', only, 'buffer'));
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
  const running = createHmac('sha256', key);
  for (const part of parts) running.update(part);
  return plain(running.digest());
}

/** SHA-256 of `node:crypto`. */
export const sha256Runtime: Sha256 = { digest, stream, hmac };
