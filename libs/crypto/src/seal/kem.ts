import { type RandomBytes, Secret } from '@rogatory/kernel';
import { sizes } from '@rogatory/protocol';
import { drawRandom } from '../committing-aead.js';
import { lengthError, openError, weakKeyError } from '../crypto.errors.js';
import { checkKemKey } from '../key-checks.js';
import { sodium } from '../sodium.js';

const SEED_BYTES = 32;
const COIN_BYTES = 64;

export interface Encapsulation {
  /** 1120 bytes, for the holder of the private key. */
  readonly ciphertext: Uint8Array;
  /** 32 bytes; a fresh key for one `aeadSeal`. */
  readonly sharedSecret: Secret;
}

/**
 * A fresh secret for the holder of an X-Wing key (draft-connolly-cfrg-xwing-kem: X25519 and ML-KEM-768). The coins are
 * random, never derived (encryption design 2.2).
 * @throws VerificationError `crypto/weak-key` for a key that `checkKemKey` refuses.
 */
export function encapsulate(publicKey: Uint8Array, random: RandomBytes): Encapsulation {
  checkKemKey(publicKey);
  const coins = drawRandom(random, COIN_BYTES);
  try {
    const { ciphertext, sharedSecret } = sodium.crypto_kem_xwing_enc_deterministic(publicKey, coins);
    return { ciphertext, sharedSecret: new Secret(sharedSecret) };
  } catch {
    throw weakKeyError();
  } finally {
    coins.fill(0);
  }
}

/** An X-Wing key pair that neither prints nor serialises; it is kept as its 32-byte seed. */
export class KemKey {
  readonly #privateKey: Secret;
  readonly #publicKey: Uint8Array;

  private constructor(privateKey: Secret, publicKey: Uint8Array) {
    this.#privateKey = privateKey;
    this.#publicKey = publicKey;
  }

  /** The key of a 32-byte seed; the seed stays the caller's to wipe. @throws UsageError `crypto/length`. */
  static fromSeed(seed: Secret): KemKey {
    return seed.use((bytes) => {
      if (bytes.length !== SEED_BYTES) throw lengthError();
      const pair = sodium.crypto_kem_xwing_seed_keypair(bytes);
      return new KemKey(new Secret(pair.privateKey), pair.publicKey);
    });
  }

  static generate(random: RandomBytes): KemKey {
    const seed = new Secret(drawRandom(random, SEED_BYTES));
    try {
      return KemKey.fromSeed(seed);
    } finally {
      seed.wipe();
    }
  }

  /** A copy of the 1216-byte public key. */
  get publicKey(): Uint8Array {
    return this.#publicKey.slice();
  }

  /**
   * The secret that was encapsulated. A ciphertext made for another key gives an unrelated secret (implicit rejection):
   * only the AEAD opened with it proves anything.
   * @throws VerificationError `crypto/open` for a malformed ciphertext.
   */
  decapsulate(ciphertext: Uint8Array): Secret {
    if (ciphertext.length !== sizes.kemCiphertext) throw openError();
    return this.#privateKey.use((key) => {
      if (key.length !== SEED_BYTES) throw lengthError();
      try {
        return new Secret(sodium.crypto_kem_xwing_dec(ciphertext, key));
      } catch {
        throw openError();
      }
    });
  }

  /** The seed, for the key store and nothing else. (The private key of X-Wing is its seed.) */
  exportSeed(): Secret {
    return new Secret(this.#privateKey.use((bytes) => bytes.slice()));
  }

  /** Makes the key unusable; best effort as to memory (docs/threat-model.md). */
  wipe(): void {
    this.#privateKey.wipe();
  }
}
