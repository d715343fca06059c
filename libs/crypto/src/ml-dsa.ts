import { limits, type RandomBytes, Secret, toHex } from '@rogatory/kernel';
import { ml_dsa44 } from '@noble/post-quantum/ml-dsa.js';
import { drawRandom } from './committing-aead.js';
import { lengthError } from './crypto.errors.js';
import { sha256 } from './hash.js';

/** Bytes of ML-DSA-44 (FIPS 204, NIST category 2). */
export const mlDsaSizes = { seed: 32, publicKey: 1_312, signature: 2_420 } as const;

/** Hashes of what was found to hold: a head is opened several times on its way to a quorum, and each time would cost the same. */
const held = new Set<string>();

/**
 * Whether an ML-DSA-44 signature (FIPS 204, algorithm 3, empty context) of a message holds under a key. About 2 ms on this
 * thread: for heads of logs, never for each record. False for wrong lengths as well.
 */
export function isMlDsaSignature(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== mlDsaSizes.publicKey || signature.length !== mlDsaSizes.signature) return false;
  // Key and signature have fixed lengths, so that the parts cannot be shifted against each other.
  const name = toHex(sha256(publicKey, signature, message));
  if (held.has(name)) return true;
  const holds = ml_dsa44.verify(signature, message, publicKey);
  if (holds) remember(name);
  return holds;
}

function remember(name: string): void {
  held.add(name);
  const [oldest] = held;
  if (held.size > limits.maxHeldMlDsa && oldest !== undefined) held.delete(oldest);
}

/**
 * An ML-DSA-44 signing key that neither prints nor serialises; the public half always comes from the seed. Signing is hedged
 * (FIPS 204, 3.4): fresh random bytes go in, so that a fault in one signature does not give the key away.
 */
export class MlDsaKey {
  readonly #secret: Secret;
  readonly #publicKey: Uint8Array;
  readonly #random: RandomBytes;

  private constructor(secret: Secret, publicKey: Uint8Array, random: RandomBytes) {
    this.#secret = secret;
    this.#publicKey = publicKey;
    this.#random = random;
  }

  /** The key of a 32-byte seed; the seed stays the caller's to wipe. @throws UsageError `crypto/length`. */
  static fromSeed(seed: Secret, random: RandomBytes): MlDsaKey {
    return seed.use((bytes) => {
      if (bytes.length !== mlDsaSizes.seed) throw lengthError();
      const { secretKey, publicKey } = ml_dsa44.keygen(bytes);
      return new MlDsaKey(new Secret(secretKey), publicKey, random);
    });
  }

  /** 1,312 bytes. */
  get publicKey(): Uint8Array {
    return this.#publicKey.slice();
  }

  /** 2,420 bytes; takes about 5 ms on this thread. */
  sign(message: Uint8Array): Uint8Array {
    const extraEntropy = drawRandom(this.#random, mlDsaSizes.seed);
    return this.#secret.use((secret) => ml_dsa44.sign(message, secret, { extraEntropy }));
  }
}
