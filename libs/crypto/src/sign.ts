import { type RandomBytes, Secret } from '@rogatory/kernel';
import { sizes, type SignaturePurpose } from '@rogatory/protocol';
import { ed25519 } from '#ed25519';
import { drawRandom } from './committing-aead.js';
import { lengthError, reservedPrefixError } from './crypto.errors.js';
import { isFramed, signatureInput } from './signature.js';
import { sodium } from './sodium.js';

export { signatureInput } from './signature.js';

const SEED_BYTES = 32;

/**
 * An Ed25519 signing key (RFC 8032) that neither prints nor serialises. The public half always comes from the seed, so
 * no caller can pair a seed with a foreign key.
 */
export class SigningKey {
  readonly #expanded: Secret;
  readonly #publicKey: Uint8Array;

  private constructor(expanded: Secret, publicKey: Uint8Array) {
    this.#expanded = expanded;
    this.#publicKey = publicKey;
  }

  /** The key of a 32-byte seed; the seed stays the caller's to wipe. @throws UsageError `crypto/length`. */
  static fromSeed(seed: Secret): SigningKey {
    return seed.use((bytes) => {
      if (bytes.length !== SEED_BYTES) throw lengthError();
      const pair = sodium.crypto_sign_seed_keypair(bytes);
      return new SigningKey(new Secret(pair.privateKey), pair.publicKey);
    });
  }

  static generate(random: RandomBytes): SigningKey {
    const seed = new Secret(drawRandom(random, SEED_BYTES));
    try {
      return SigningKey.fromSeed(seed);
    } finally {
      seed.wipe();
    }
  }

  /** A copy of the 32-byte public key. */
  get publicKey(): Uint8Array {
    return this.#publicKey.slice();
  }

  /** A 64-byte signature that verifies for this purpose and no other. */
  sign(purpose: SignaturePurpose, message: Uint8Array): Uint8Array {
    return this.#signBytes(signatureInput(purpose, message));
  }

  /**
   * A signature over bare bytes, for C2SP notes and cosignatures only.
   * @throws UsageError `crypto/reserved-prefix` for bytes that would verify as a framed signature.
   */
  signRaw(message: Uint8Array): Uint8Array {
    if (isFramed(message)) throw reservedPrefixError();
    return this.#signBytes(message);
  }

  /** The seed, for the key store and nothing else. */
  exportSeed(): Secret {
    return new Secret(this.#expanded.use((bytes) => bytes.slice(0, SEED_BYTES)));
  }

  /** Makes the key unusable; best effort as to memory (docs/threat-model.md). */
  wipe(): void {
    this.#expanded.wipe();
  }

  #signBytes(message: Uint8Array): Uint8Array {
    return this.#expanded.use((key) => {
      if (key.length !== SEED_BYTES + sizes.signingKey) throw lengthError();
      return ed25519.sign(message, key);
    });
  }
}
