import { sodium } from '../sodium.js';
import type { Ed25519 } from './ed25519.js';

/** libsodium in WebAssembly, for browsers, for the verifier in one file, and wherever the addon does not load. */
export const ed25519: Ed25519 = {
  driver: 'webassembly',
  sign: (message, expandedKey) => sodium.crypto_sign_detached(message, expandedKey),
  verify: (publicKey, message, signature) => sodium.crypto_sign_verify_detached(signature, message, publicKey),
};
