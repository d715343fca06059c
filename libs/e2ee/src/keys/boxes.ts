import {
  concatBytes,
  type DeviceId,
  equalBytes,
  idBytes,
  limits,
  type RandomBytes,
  VerificationError,
} from '@rogatory/kernel';
import { aeadOpen, aeadSeal, encapsulate, type KemKey } from '@rogatory/crypto/seal';
import { hash } from '@rogatory/crypto/verify';
import {
  type AeadPurpose,
  aeadPurposes,
  type Box,
  contexts,
  decodeKeyEntries,
  encodeBox,
  encodeKeyEntries,
  type KeyEntry,
} from '@rogatory/protocol';
import { tooManyKeysError } from '../e2ee.errors.js';
import { kemKeyHashOf } from '@rogatory/pki';
import type { RecipientKey } from './recipient.js';

interface BoxBinding {
  readonly contextHash: Uint8Array;
  readonly deviceId: DeviceId;
  readonly prekeyHash: Uint8Array;
  readonly kemKey: Uint8Array;
  readonly kemCiphertext: Uint8Array;
}

/** SPEC: keys 4: aad = ctx ‖ deviceId ‖ prekeyHash ‖ H(kemKey) ‖ H("rogatory/kem-ciphertext/v1" ‖ ciphertext) */
function boxAad(binding: BoxBinding): Uint8Array {
  const { contextHash, deviceId, prekeyHash, kemKey, kemCiphertext } = binding;
  const ciphertextHash = hash(contexts.kemCiphertext, kemCiphertext);
  return concatBytes(contextHash, idBytes(deviceId), prekeyHash, kemKeyHashOf(kemKey), ciphertextHash);
}

export interface SealBoxInput {
  readonly recipient: RecipientKey;
  /** Of the link that carries the box. */
  readonly contextHash: Uint8Array;
  readonly purpose: AeadPurpose;
  readonly plaintext: Uint8Array;
  readonly random: RandomBytes;
}

/**
 * Seals bytes to one device for one link, with fresh random coins.
 * @throws VerificationError `crypto/weak-key` for a key that `chooseRecipientKey` would not give.
 */
export function sealToDevice(input: SealBoxInput): Uint8Array {
  const { recipient, contextHash, purpose, plaintext, random } = input;
  const { ciphertext: kemCiphertext, sharedSecret: secret } = encapsulate(recipient.kemKey, random);
  try {
    const { deviceId, prekeyHash } = recipient;
    const sealed = aeadSeal({
      secret,
      purpose,
      random,
      plaintext,
      aad: boxAad({ ...recipient, contextHash, kemCiphertext }),
    });
    return encodeBox({ deviceId, prekeyHash, kemCiphertext, sealed });
  } finally {
    secret.wipe();
  }
}

/** A box with keys, encoded. @throws RefusedError `e2ee/too-many-keys` beyond `limits.maxBoxKeys`. */
export function sealKeyBox(
  input: Omit<SealBoxInput, 'purpose' | 'plaintext'>,
  entries: readonly KeyEntry[],
): Uint8Array {
  if (entries.length > limits.maxBoxKeys) {
    throw tooManyKeysError({ maxKeys: limits.maxBoxKeys, keys: entries.length });
  }
  const plaintext = encodeKeyEntries(entries);
  if (plaintext.length > limits.maxBoxBytes) throw tooManyKeysError({ maxBytes: limits.maxBoxBytes });
  try {
    return sealToDevice({ ...input, purpose: aeadPurposes.box, plaintext });
  } finally {
    plaintext.fill(0);
  }
}

/** The keys of this device that a box may be sealed to: its certified key and its prekeys, kept until they expire. */
export interface DeviceKemKeys {
  readonly deviceId: DeviceId;
  readonly deviceKey: KemKey;
  readonly prekeys: readonly { readonly prekeyHash: Uint8Array; readonly key: KemKey }[];
}

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

/** The one answer to a box that is not ours, not for this link, or does not open. */
const boxError = () => new VerificationError('crypto/open', 'the sealed bytes do not open');

/** @throws VerificationError `crypto/open`, whatever is wrong. */
export function openFromLink(
  box: Box,
  own: DeviceKemKeys,
  place: { readonly contextHash: Uint8Array; readonly purpose: AeadPurpose },
): Uint8Array {
  if (box.deviceId !== own.deviceId) throw boxError();
  const key = isZero(box.prekeyHash)
    ? own.deviceKey
    : own.prekeys.find(({ prekeyHash }) => equalBytes(prekeyHash, box.prekeyHash))?.key;
  if (key === undefined) throw boxError();
  const secret = key.decapsulate(box.kemCiphertext);
  const aad = boxAad({ ...box, contextHash: place.contextHash, kemKey: key.publicKey });
  try {
    return aeadOpen({ secret, purpose: place.purpose, sealed: box.sealed, aad });
  } finally {
    secret.wipe();
  }
}

/**
 * The keys of a box. They are claims until a keyring has checked them against the chain.
 * @throws VerificationError `crypto/open`; CodecError for a malformed list.
 */
export function openKeyBox(box: Box, own: DeviceKemKeys, contextHash: Uint8Array): KeyEntry[] {
  const plaintext = openFromLink(box, own, { contextHash, purpose: aeadPurposes.box });
  try {
    return decodeKeyEntries(plaintext);
  } finally {
    plaintext.fill(0);
  }
}
