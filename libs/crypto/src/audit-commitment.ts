import { equalBytes, utf8 } from '@rogatory/kernel';
import { contexts } from '@rogatory/protocol';
import { commitmentError, lengthError } from './crypto.errors.js';
import { hmacSha256 } from './hash.js';

export const OPENING_BYTES = 32;
const KEY = utf8(contexts.auditCommitment);

export interface CommittedGroup {
  /** The group's name in the leaf: `who`, `what`, `why`, `src`, `act`. */
  readonly label: string;
  /** 32 random bytes, one per group and record: they hide a guessable group, and erasing them erases the link to it. */
  readonly opening: Uint8Array;
  /** The exact stored bytes of the group. */
  readonly bytes: Uint8Array;
}

function lengthOf(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  return Uint8Array.of(length >>> 24, length >>> 16, length >>> 8, length);
}

/**
 * The 32-byte commitment of an audit leaf to one group of an entry. Hiding while the opening is secret, binding always.
 * SPEC: audit 4: HMAC-SHA-256(key = "rogatory/audit-commitment/v1", opening 32 ‖ len u32 ‖ label ‖ len u32 ‖ bytes)
 * @throws UsageError `crypto/length` unless the opening has 32 bytes.
 */
export function commitGroup(group: CommittedGroup): Uint8Array {
  if (group.opening.length !== OPENING_BYTES) throw lengthError();
  const label = utf8(group.label);
  return hmacSha256(KEY, group.opening, lengthOf(label), label, lengthOf(group.bytes), group.bytes);
}

/** @throws VerificationError `crypto/commitment` when the leaf did not commit to exactly this group and opening. */
export function checkCommitment(group: CommittedGroup, commitment: Uint8Array): void {
  // Whoever holds the opening can compute the commitment: there is no secret that the time could tell.
  const holds = group.opening.length === OPENING_BYTES && equalBytes(commitGroup(group), commitment);
  if (!holds) throw commitmentError();
}
