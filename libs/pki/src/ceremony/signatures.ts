import { compareBytes, equalBytes } from '@rogatory/kernel';
import type { SigningKey } from '@rogatory/crypto/sign';
import {
  type IndexedSignature,
  type SignaturePurpose,
  type SignerKind,
  signerKinds,
  type SignerSignature,
} from '@rogatory/protocol';
import { notListedError } from '../pki.errors.js';

/** The keys of a list in the order that the wire demands. */
export function ascendingKeys(keys: readonly Uint8Array[]): Uint8Array[] {
  return [...keys].sort(compareBytes);
}

/**
 * One key holder's signature, named by its place in the key list; made where the key is, brought together later.
 * @throws UsageError `directory/not-listed` when the key is not on the list.
 */
export function signAsListed(
  listed: { readonly purpose: SignaturePurpose; readonly keys: readonly Uint8Array[] },
  signedBytes: Uint8Array,
  signer: SigningKey,
): IndexedSignature {
  const publicKey = signer.publicKey;
  const keyIndex = listed.keys.findIndex((key) => equalBytes(key, publicKey));
  if (keyIndex < 0) throw notListedError();
  return { keyIndex, signature: signer.sign(listed.purpose, signedBytes) };
}

export function byKeyIndex(signatures: readonly IndexedSignature[]): IndexedSignature[] {
  return [...signatures].sort((a, b) => a.keyIndex - b.keyIndex);
}

/** One registrar's or device's signature; made where the key is, brought together later. */
export function signAs(
  role: { readonly kind: SignerKind; readonly purpose: SignaturePurpose },
  signedBytes: Uint8Array,
  signer: SigningKey,
): SignerSignature {
  return { kind: role.kind, publicKey: signer.publicKey, signature: signer.sign(role.purpose, signedBytes) };
}

export function byPublicKey(signatures: readonly SignerSignature[]): SignerSignature[] {
  return [...signatures].sort((a, b) => compareBytes(a.publicKey, b.publicKey));
}

/** Keys that sign an object of an authority in one place. */
export interface Signers {
  readonly registrars?: readonly SigningKey[];
  /** Live devices of the person concerned. */
  readonly devices?: readonly SigningKey[];
}

export function signAll(purpose: SignaturePurpose, signedBytes: Uint8Array, signers: Signers): SignerSignature[] {
  const byRegistrars = (signers.registrars ?? []).map((key) =>
    signAs({ kind: signerKinds.registrar, purpose }, signedBytes, key),
  );
  const byDevices = (signers.devices ?? []).map((key) =>
    signAs({ kind: signerKinds.device, purpose }, signedBytes, key),
  );
  return byPublicKey([...byRegistrars, ...byDevices]);
}
