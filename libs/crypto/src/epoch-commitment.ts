import { contexts } from '@rogatory/protocol';
import { commitGroup } from './audit-commitment.js';
import { lengthError } from './crypto.errors.js';
import { hash, keyedHash } from './hash.js';

const HASH_BYTES = 32;
const LABEL = 'epoch';

/** Where the map of an epoch holds the entry of a subject. SPEC: review 2.2 */
export function epochPosition(origin: Uint8Array, subject: Uint8Array): Uint8Array {
  return hash(contexts.epochPosition, u16(origin.length), origin, subject);
}

/**
 * The digest over the records of a subject with one more in it; 32 zero bytes before the first. SPEC: review 2.1
 * @throws UsageError `crypto/length` unless digest and leaf hash have 32 bytes.
 */
export function nextEpochDigest(digest: Uint8Array, index: number, leafHash: Uint8Array): Uint8Array {
  if (digest.length !== HASH_BYTES || leafHash.length !== HASH_BYTES) throw lengthError();
  return hash(contexts.epochDigest, digest, u64(index), leafHash);
}

/**
 * The digest over both heads of a compartment. SPEC: review 2.1
 * @throws UsageError `crypto/length` unless both have 32 bytes.
 */
export function epochHeadsDigest(linkHash: Uint8Array, contentRoot: Uint8Array): Uint8Array {
  if (linkHash.length !== HASH_BYTES || contentRoot.length !== HASH_BYTES) throw lengthError();
  return hash(contexts.epochHeads, linkHash, contentRoot);
}

/** What the map of an epoch holds for an entry. SPEC: review 2.2: the commitment of audit 4 with the label "epoch" */
export function epochCommitment(opening: Uint8Array, entry: Uint8Array): Uint8Array {
  return commitGroup({ label: LABEL, opening, bytes: entry });
}

/** 32 bytes that follow from the secret of an epoch and what they are for, and look random to everybody else. */
export function epochDraw(secret: Uint8Array, use: 'opening' | 'fill', depth: number, place: Uint8Array): Uint8Array {
  const kind = Uint8Array.of(use === 'opening' ? 1 : 2);
  return keyedHash({ key: secret, context: contexts.epochSecret, length: 32 }, kind, u16(depth), place);
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}

function u64(value: number): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt(value));
  return out;
}
