import { CodecError, limits, type RandomBytes, Secret } from '@rogatory/kernel';
import { aeadPurposes, type Box, ByteReader, ByteWriter, sizes, valuesOf } from '@rogatory/protocol';
import { type DeviceKemKeys, openFromLink, sealToDevice } from './boxes.js';
import type { RecipientKey } from './recipient.js';

/** `item` opens the body of one item; `file` the file key that a document's manifest wraps. */
export const disclosedKinds = { item: 1, file: 2 } as const;
export type DisclosedKind = (typeof disclosedKinds)[keyof typeof disclosedKinds];

/** The message key of one sealed value, given to somebody who must not have the epoch's key. */
export interface DisclosedKey {
  readonly kind: DisclosedKind;
  readonly itemHash: Uint8Array;
  readonly messageKey: Secret;
}

/** SPEC: keys 6: count u16 | { kind u8 | itemHash 32 | messageKey 32 } … */
export function encodeDisclosedKeys(keys: readonly DisclosedKey[]): Uint8Array {
  checkCount(keys.length);
  const writer = new ByteWriter().u16(keys.length);
  for (const { kind, itemHash, messageKey } of keys) {
    writer.u8(kind).fixed(itemHash, sizes.hash);
    messageKey.use((bytes) => writer.fixed(bytes, sizes.key));
  }
  return writer.finish();
}

export function decodeDisclosedKeys(bytes: Uint8Array): DisclosedKey[] {
  const reader = new ByteReader(bytes, limits.maxBoxBytes);
  const count = reader.u16();
  checkCount(count);
  const keys = Array.from({ length: count }, () => ({
    kind: reader.oneOf(reader.u8(), valuesOf(disclosedKinds)),
    itemHash: reader.fixed(sizes.hash),
    messageKey: new Secret(reader.fixed(sizes.key)),
  }));
  reader.end();
  return keys;
}

function checkCount(count: number): void {
  if (count === 0 || count > limits.maxDisclosedKeys)
    throw new CodecError('codec/range', 'number of keys out of range');
}

export interface SealDisclosureInput {
  readonly recipient: RecipientKey;
  readonly contextHash: Uint8Array;
  readonly keys: readonly DisclosedKey[];
  readonly random: RandomBytes;
}

/** A box of a disclose link, encoded. */
export function sealDisclosureBox({ keys, ...input }: SealDisclosureInput): Uint8Array {
  const plaintext = encodeDisclosedKeys(keys);
  try {
    return sealToDevice({ ...input, purpose: aeadPurposes.disclosure, plaintext });
  } finally {
    plaintext.fill(0);
  }
}

/**
 * The keys that a disclose link gives to this device. Each proves itself only by opening the signed item it names.
 * @throws VerificationError `crypto/open`; CodecError.
 */
export function openDisclosureBox(box: Box, own: DeviceKemKeys, contextHash: Uint8Array): DisclosedKey[] {
  return decodeDisclosedKeys(openFromLink(box, own, { contextHash, purpose: aeadPurposes.disclosure }));
}
