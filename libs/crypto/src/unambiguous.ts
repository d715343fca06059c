import { fromHex } from '@rogatory/kernel';

const POINT_BYTES = 32;
const SIGNATURE_BYTES = 64;

/** y of the points of small order: 0, 1, -1 and the two of order 8. SPEC: RFC 8032 5.1.2, sign bit left out */
const SMALL_ORDER_Y = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
].map(fromHex);

/** 2^255 - 19 and the order of the group, little endian. */
const FIELD = fromHex('edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f');
const ORDER = fromHex('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');

/**
 * Whether key and signature leave nothing to choose: R and A are canonical and not of small order, S is canonical. A
 * signature of this form that any cofactorless verifier takes, every strict verifier takes.
 */
export function isUnambiguous(publicKey: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== POINT_BYTES || signature.length !== SIGNATURE_BYTES) return false;
  const r = signature.subarray(0, POINT_BYTES);
  const s = signature.subarray(POINT_BYTES);
  return isOrdinaryPoint(publicKey) && isOrdinaryPoint(r) && isBelow(s, ORDER, 0xff);
}

function isOrdinaryPoint(point: Uint8Array): boolean {
  return isBelow(point, FIELD, 0x7f) && !SMALL_ORDER_Y.some((y) => isSameY(point, y));
}

function isSameY(point: Uint8Array, y: Uint8Array): boolean {
  for (let i = 0; i < 31; i++) if (point[i] !== y[i]) return false;
  return ((point[31] as number) & 0x7f) === y[31];
}

/** Whether 32 bytes, little endian, are below a bound; the mask is laid on the highest byte. */
function isBelow(bytes: Uint8Array, bound: Uint8Array, mask: number): boolean {
  for (let i = 31; i >= 0; i--) {
    const byte = (bytes[i] as number) & (i === 31 ? mask : 0xff);
    if (byte !== bound[i]) return byte < (bound[i] as number);
  }
  return false;
}
