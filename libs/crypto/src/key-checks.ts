import { fromHex } from '@rogatory/kernel';
import { currentSuite, sizes, type Suite } from '@rogatory/protocol';
import { suiteError, weakKeyError } from './crypto.errors.js';
import { sodium } from './sodium.js';

const MLKEM_Q = 3329;
const MLKEM_COEFFICIENT_BYTES = 1152; // three polynomials of 256 coefficients of 12 bits; a 32-byte seed follows
const MLKEM_KEY_BYTES = 1184;

/** The u-coordinates of the five canonical points of low order on Curve25519 and its twist (RFC 7748 section 6.1). */
const LOW_ORDER_U = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map(fromHex);

/** Whether the low 255 bits, little endian, are below 2^255 - 19. */
function isReducedCoordinate(bytes: Uint8Array): boolean {
  if (((bytes[31] as number) & 0x7f) !== 0x7f) return true;
  for (let i = 30; i > 0; i--) if (bytes[i] !== 0xff) return true;
  return (bytes[0] as number) < 0xed;
}

function isMainSubgroupPoint(publicKey: Uint8Array): boolean {
  try {
    // libsodium converts only points of the main subgroup that are not of small order.
    sodium.crypto_sign_ed25519_pk_to_curve25519(publicKey);
    return true;
  } catch {
    return false;
  }
}

/**
 * Refuses an Ed25519 key that could make a signature ambiguous: wrong length, second encoding, not on the curve, of
 * small order, or outside the main subgroup. Call it once, when a key is admitted.
 * @throws VerificationError `crypto/weak-key`.
 */
export function checkSigningKey(publicKey: Uint8Array): void {
  const acceptable =
    publicKey.length === sizes.signingKey && isReducedCoordinate(publicKey) && isMainSubgroupPoint(publicKey);
  if (!acceptable) throw weakKeyError();
}

function isAcceptableX25519(u: Uint8Array): boolean {
  if (((u[31] as number) & 0x80) !== 0 || !isReducedCoordinate(u)) return false;
  return !LOW_ORDER_U.some((low) => low.every((byte, i) => u[i] === byte));
}

/** SPEC: FIPS 203 section 7.2, "modulus check": every coefficient is below q. */
function hasReducedCoefficients(encapsulationKey: Uint8Array): boolean {
  for (let i = 0; i < MLKEM_COEFFICIENT_BYTES; i += 3) {
    const middle = encapsulationKey[i + 1] as number;
    const low = (encapsulationKey[i] as number) | ((middle & 0x0f) << 8);
    const high = (middle >>> 4) | ((encapsulationKey[i + 2] as number) << 4);
    if (low >= MLKEM_Q || high >= MLKEM_Q) return false;
  }
  return true;
}

/**
 * Refuses an X-Wing key (ML-KEM-768 ‖ X25519, 1216 bytes) to which nothing can be sealed, or not secretly: wrong length,
 * unreduced ML-KEM coefficients, an X25519 half that is of low order or not canonical. Such a key would stop every
 * rotation. Call it once, when a key is admitted.
 * @throws VerificationError `crypto/weak-key`.
 */
export function checkKemKey(publicKey: Uint8Array): void {
  const acceptable =
    publicKey.length === sizes.kemPublicKey &&
    hasReducedCoefficients(publicKey) &&
    isAcceptableX25519(publicKey.subarray(MLKEM_KEY_BYTES));
  if (!acceptable) throw weakKeyError();
}

/**
 * Accepts the suite compiled into this build and no other.
 * @throws VerificationError `crypto/suite`.
 */
export function checkSuite(suite: number): asserts suite is Suite {
  if (suite !== currentSuite) throw suiteError();
}
