import { limits, Secret, utf8 } from '@rogatory/kernel';
import { sizes } from '@rogatory/protocol';
import sodium from 'libsodium-wrappers-sumo';
import { lengthError, memoryError, passphraseCostError, passphraseError } from './crypto.errors.js';

// Argon2id is only in the larger build, so this entry is imported at unlock and nowhere else.
await sodium.ready;

export const PASSPHRASE_SALT_BYTES = 16;
const KIBIBYTE = 1024;

/** Cost of Argon2id (RFC 9106), one lane. */
export interface PassphraseCost {
  readonly passes: number;
  /** A multiple of 1024. */
  readonly memoryBytes: number;
}

export const defaultPassphraseCost: PassphraseCost = {
  passes: limits.argon2DefaultPasses,
  memoryBytes: limits.argon2DefaultMemoryBytes,
};

/** The cheapest cost that is accepted; for fictitious keys of a demonstration. */
export const floorPassphraseCost: PassphraseCost = {
  passes: limits.argon2FloorPasses,
  memoryBytes: limits.argon2FloorMemoryBytes,
};

function isWithin(value: number, floor: number, ceiling: number): boolean {
  return Number.isSafeInteger(value) && value >= floor && value <= ceiling;
}

/**
 * Refuses a cost outside the bounds compiled into this build, whoever names it: a file, a server, an administrator.
 * @throws RefusedError `crypto/passphrase-cost`.
 */
export function checkPassphraseCost(cost: PassphraseCost): void {
  const { argon2FloorPasses, argon2CeilingPasses, argon2FloorMemoryBytes, argon2CeilingMemoryBytes } = limits;
  const isAccepted =
    isWithin(cost.passes, argon2FloorPasses, argon2CeilingPasses) &&
    isWithin(cost.memoryBytes, argon2FloorMemoryBytes, argon2CeilingMemoryBytes) &&
    cost.memoryBytes % KIBIBYTE === 0;
  if (!isAccepted) {
    throw passphraseCostError({
      argon2FloorPasses,
      argon2CeilingPasses,
      argon2FloorMemoryBytes,
      argon2CeilingMemoryBytes,
    });
  }
}

export interface PassphraseInput {
  /** Any Unicode text, read as UTF-8 in NFC; at most `limits.maxPassphraseBytes`. */
  readonly passphrase: string;
  /** 16 random bytes, kept beside the sealed keys. */
  readonly salt: Uint8Array;
  readonly cost: PassphraseCost;
}

/**
 * The 32-byte key of a passphrase by Argon2id v1.3 (RFC 9106). Blocks for about a second at the default cost: run it in a
 * worker where that matters. All refusals come before any derivation.
 * @throws RefusedError `crypto/passphrase-cost`, `crypto/passphrase`; UsageError `crypto/length` for the salt;
 * UnavailableError `crypto/memory` when the runtime cannot give the memory.
 */
export function derivePassphraseKey(input: PassphraseInput): Secret {
  checkPassphraseCost(input.cost);
  const passphrase = utf8(input.passphrase.normalize('NFC'));
  if (passphrase.length === 0 || passphrase.length > limits.maxPassphraseBytes) {
    throw passphraseError(limits.maxPassphraseBytes);
  }
  if (input.salt.length !== PASSPHRASE_SALT_BYTES) throw lengthError();
  try {
    return new Secret(argon2id(passphrase, input.salt, input.cost));
  } catch (cause) {
    throw memoryError(cause);
  } finally {
    passphrase.fill(0);
  }
}

function argon2id(passphrase: Uint8Array, salt: Uint8Array, cost: PassphraseCost): Uint8Array {
  const algorithm = sodium.crypto_pwhash_ALG_ARGON2ID13;
  return sodium.crypto_pwhash(sizes.key, passphrase, salt, cost.passes, cost.memoryBytes, algorithm);
}
