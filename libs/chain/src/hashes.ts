import { type CaseId, type CompartmentId, concatBytes, idBytes, idFromBytes } from '@rogatory/kernel';
import { hash, sha256 } from '@rogatory/crypto/verify';
import {
  type Box,
  contexts,
  encodeLink,
  encodeMember,
  type Link,
  type Member,
  type SignedItem,
} from '@rogatory/protocol';

const LEAF_PREFIX = new Uint8Array([0]);
const noHash = new Uint8Array(32);
const NO_LONG_ID = '0'.repeat(64);

/** 32 zero bytes: the value of a hash field that names nothing. A fresh copy. */
export function zeroHash(): Uint8Array {
  return noHash.slice();
}

export function isZeroHash(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/** SPEC: chains 2 — linkHash = H(link, signed bytes). The signature is not covered. */
export function linkHash(signedBytes: Uint8Array): Uint8Array {
  return hash(contexts.linkHash, signedBytes);
}

/** SPEC: chains 2 — ctx = H(link-context, the fields up to and with memberRoot). */
export function linkContext(contextBytes: Uint8Array): Uint8Array {
  return hash(contexts.linkContext, contextBytes);
}

/**
 * SPEC: chains 2 — the case id is the hash of its genesis up to and with memberRoot, both ids zeroed. What comes after
 * (boxes, commitments) is bound to the id and so cannot be part of it.
 */
export function caseIdOf(genesis: Link): CaseId {
  const blank = { ...genesis, caseId: NO_LONG_ID as CaseId, compartmentId: NO_LONG_ID as CompartmentId };
  return idFromBytes<CaseId>(hash(contexts.caseId, encodeLink(blank).contextBytes));
}

/** SPEC: chains 2 — the id of a further compartment is the same hash with its own id zeroed. */
export function compartmentIdOf(genesis: Link): CompartmentId {
  const blank = { ...genesis, compartmentId: NO_LONG_ID as CompartmentId };
  return idFromBytes<CompartmentId>(hash(contexts.caseId, encodeLink(blank).contextBytes));
}

/** SPEC: chains 4 — a member leaf is H(member, encoded member). */
export function memberLeaf(member: Member): Uint8Array {
  return hash(contexts.memberLeaf, encodeMember(member));
}

/** H(box, encoded box), as complaints and box leaves name it. */
export function boxHash(boxBytes: Uint8Array): Uint8Array {
  return hash(contexts.boxHash, boxBytes);
}

/** SPEC: chains 6 — a box leaf is H(box-leaf, deviceId ‖ prekeyHash ‖ boxHash). */
export function boxLeaf(box: Pick<Box, 'deviceId' | 'prekeyHash'>, boxBytes: Uint8Array): Uint8Array {
  return hash(contexts.boxLeaf, idBytes(box.deviceId), box.prekeyHash, boxHash(boxBytes));
}

/** What an item's signature covers beside its header: H(item-body, sealed body). */
export function itemBodyHash(sealed: Uint8Array): Uint8Array {
  return hash(contexts.itemBody, sealed);
}

/** SPEC: items 2 — itemHash = H(item, header ‖ H(item-body, sealed body)). The signature is not covered. */
export function itemHash(item: Pick<SignedItem, 'headerBytes' | 'sealed'>): Uint8Array {
  return hash(contexts.itemHash, item.headerBytes, itemBodyHash(item.sealed));
}

/**
 * SPEC: items 5 — leaf hash of the content log: SHA-256(0x00 ‖ the whole signed link or item). Here and not in `tlog`,
 * whose entries end at 65,535 bytes: a genesis of 1,000 devices is longer.
 */
export function contentLeaf(signedObject: Uint8Array): Uint8Array {
  return sha256(concatBytes(LEAF_PREFIX, signedObject));
}

/** What a link cites as its cause: H(complaint, signed bytes of the complaint). */
export function complaintHash(signedBytes: Uint8Array): Uint8Array {
  return hash(contexts.complaint, signedBytes);
}

/** What an acceptance answers: H(invitation, signed bytes of the invitation). */
export function invitationHash(signedBytes: Uint8Array): Uint8Array {
  return hash(contexts.invitation, signedBytes);
}
