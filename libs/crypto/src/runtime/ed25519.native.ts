import { fromHex } from '@rogatory/kernel';
import { sizes } from '@rogatory/protocol';
import { lengthError } from '../crypto.errors.js';
import type { Ed25519 } from './ed25519.js';

/** The two functions of the addon that are used; with bytes of a wrong length they would read beyond them. */
interface Addon {
  crypto_sign_detached(signature: Uint8Array, message: Uint8Array, expandedKey: Uint8Array): number;
  /** Three times a buffer, an offset and a length: signature, message, key. Only `true` is a yes. */
  crypto_sign_verify_detached(...places: readonly (ArrayBufferLike | number)[]): unknown;
}

const EXPANDED_KEY_BYTES = 64;
/** The addon takes lengths of 32 bits, and would judge the beginning of what is longer. */
const MAX_MESSAGE_BYTES = 0xffff_ffff;

/** SPEC: RFC 8032 7.1, test 2 */
const example = {
  publicKey: fromHex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c'),
  message: fromHex('72'),
  signature: fromHex(
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ),
  seed: fromHex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb'),
};

/**
 * Ed25519 of a native libsodium; undefined where the addon does not load, is not what it should be, or does not pass a
 * published example and the refusal of a small-order key, so that a foreign build never decides.
 */
export function nativeEd25519(load: () => unknown): Ed25519 | undefined {
  try {
    const addon = load();
    if (!isAddon(addon)) return undefined;
    const found = driverOf(addon);
    return isSound(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

function isAddon(value: unknown): value is Addon {
  if (typeof value !== 'object' || value === null) return false;
  return ['crypto_sign_detached', 'crypto_sign_verify_detached'].every(
    (name) => typeof Reflect.get(value, name) === 'function',
  );
}

function driverOf(addon: Addon): Ed25519 {
  return {
    driver: 'native',
    sign: (message, expandedKey) => {
      requireLength(expandedKey, EXPANDED_KEY_BYTES);
      if (message.length > MAX_MESSAGE_BYTES) throw lengthError();
      const signature = new Uint8Array(sizes.signature);
      if (addon.crypto_sign_detached(signature, unshared(message), unshared(expandedKey)) !== 0) throw lengthError();
      return signature;
    },
    verify: (publicKey, message, signature) => {
      requireLength(publicKey, sizes.signingKey);
      requireLength(signature, sizes.signature);
      if (message.length > MAX_MESSAGE_BYTES) return false;
      return (
        addon.crypto_sign_verify_detached(...placeOf(signature), ...placeOf(message), ...placeOf(publicKey)) === true
      );
    },
  };
}

function requireLength(bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) throw lengthError();
}

/** The addon reads no shared memory; a copy also cannot change while it is judged. */
function unshared(bytes: Uint8Array): Uint8Array {
  return bytes.buffer[Symbol.toStringTag] === 'SharedArrayBuffer' ? bytes.slice() : bytes;
}

function placeOf(bytes: Uint8Array): readonly [ArrayBufferLike, number, number] {
  const { buffer, byteOffset, length } = unshared(bytes);
  return [buffer, byteOffset, length];
}

function isSound(found: Ed25519): boolean {
  const { publicKey, message, signature, seed } = example;
  const expandedKey = new Uint8Array(EXPANDED_KEY_BYTES);
  expandedKey.set(seed);
  expandedKey.set(publicKey, seed.length);
  const made = found.sign(message, expandedKey);
  if (!made.every((byte, i) => byte === signature[i]) || !found.verify(publicKey, message, signature)) return false;
  if (found.verify(publicKey, new Uint8Array(1), signature)) return false;
  // The neutral point as key and as R: whoever is not strict takes this for a signature of everything.
  const neutral = new Uint8Array(sizes.signingKey);
  neutral[0] = 1;
  const ofEverything = new Uint8Array(sizes.signature);
  ofEverything[0] = 1;
  return !found.verify(neutral, message, ofEverything);
}
