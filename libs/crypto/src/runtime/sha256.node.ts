import { createHash, createHmac, hash } from 'node:crypto';
import { concatBytes } from '@rogatory/kernel';
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
  // Joined first: each `update` is a call out of JavaScript that costs more than copying a few hundred bytes.
  return plain(
    createHmac('sha256', key)
      .update(concatBytes(...parts))
      .digest(),
  );
}

/** SHA-256 of `node:crypto`. */
export const sha256Runtime: Sha256 = { digest, stream, hmac };
