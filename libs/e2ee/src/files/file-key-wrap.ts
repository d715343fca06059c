import { concatBytes, idBytes, type RandomBytes, Secret } from '@rogatory/kernel';
import { aeadMessageKey, aeadOpen, aeadOpenDisclosed, aeadSeal } from '@rogatory/crypto/seal';
import { aeadPurposes, ByteWriter, type DocumentManifest, sizes } from '@rogatory/protocol';
import { fileError } from '../e2ee.errors.js';
import type { EpochKeyring, EpochRecord } from '../keys/epoch-keyring.js';
import { fileLayout } from './file-layout.js';

/** What a wrapped file key is bound to, all of it in the manifest or the item around it. */
export type WrapBinding = Pick<DocumentManifest, 'fileId' | 'version' | 'root' | 'headerHash'>;

/** SPEC: files 5: aad = caseId ‖ compartmentId ‖ fileId ‖ version u32 ‖ root ‖ headerHash */
function wrapAad(epoch: EpochRecord, binding: WrapBinding): Uint8Array {
  const { fileId, version, root, headerHash } = binding;
  const place = concatBytes(idBytes(epoch.caseId), idBytes(epoch.compartmentId), idBytes(fileId));
  return new ByteWriter().raw(place).u32(version).fixed(root, sizes.hash).fixed(headerHash, sizes.hash).finish();
}

export interface WrapInput {
  readonly keyring: EpochKeyring;
  readonly epoch: EpochRecord;
  readonly binding: WrapBinding;
}

/** The file key sealed for the epoch in which its manifest is posted. @throws RefusedError `e2ee/no-key`. */
export function wrapFileKey(input: WrapInput, dek: Secret, random: RandomBytes): Uint8Array {
  const secret = input.keyring.useKey(input.epoch, 'wrap');
  const aad = wrapAad(input.epoch, input.binding);
  try {
    return dek.use((plaintext) => aeadSeal({ secret, purpose: aeadPurposes.fileKeyWrap, random, plaintext, aad }));
  } finally {
    secret.wipe();
  }
}

/** @throws RefusedError `e2ee/no-key`; VerificationError `crypto/open`, `e2ee/file`. */
export function unwrapFileKey(input: WrapInput, wrapped: Uint8Array): Secret {
  const secret = input.keyring.useKey(input.epoch, 'wrap');
  const aad = wrapAad(input.epoch, input.binding);
  try {
    return fileKeyOf(aeadOpen({ secret, purpose: aeadPurposes.fileKeyWrap, sealed: wrapped, aad }));
  } finally {
    secret.wipe();
  }
}

/** The key of this one wrap, for a disclosure. @throws as `unwrapFileKey`. */
export function wrapMessageKey(input: WrapInput, wrapped: Uint8Array): Secret {
  const secret = input.keyring.useKey(input.epoch, 'wrap');
  const aad = wrapAad(input.epoch, input.binding);
  try {
    return aeadMessageKey({ secret, purpose: aeadPurposes.fileKeyWrap, sealed: wrapped, aad });
  } finally {
    secret.wipe();
  }
}

/** @throws VerificationError `crypto/open`, `e2ee/file`. */
export function unwrapDisclosedFileKey(input: Omit<WrapInput, 'keyring'>, wrapped: Uint8Array, key: Secret): Secret {
  const aad = wrapAad(input.epoch, input.binding);
  return fileKeyOf(aeadOpenDisclosed({ messageKey: key, sealed: wrapped, aad }));
}

/**
 * SPEC: files 4: the segment count MUST be that of the true size, so that a manifest describes one file only.
 * @throws VerificationError `e2ee/file`; UsageError `e2ee/file` when too large.
 */
export function checkManifest(manifest: DocumentManifest): void {
  if (fileLayout(manifest.trueSize).segments !== manifest.segments || manifest.version === 0) throw fileError();
}

function fileKeyOf(bytes: Uint8Array): Secret {
  if (bytes.length !== sizes.key) throw fileError();
  return new Secret(bytes);
}
