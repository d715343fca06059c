import type { SigningKey } from '@rogatory/crypto/sign';
import {
  type AuthorityRecord,
  currentSuite,
  decodeSignedAuthorityRecord,
  decodeSignedFederationRoot,
  encodeAuthorityRecord,
  encodeFederationRoot,
  encodeSignedAuthorityRecord,
  encodeSignedFederationRoot,
  type FederationRoot,
  type IndexedSignature,
  signaturePurposes,
  type SignedFederationRoot,
  type SignedTime,
  sizes,
} from '@rogatory/protocol';
import { rootHashOf } from '../rules/root-rules.js';
import { ascendingKeys, byKeyIndex, signAsListed } from './signatures.js';

/** A root file before its signatures: everybody signs `signedBytes`, each with the key they hold. */
export interface RootDraft {
  readonly root: FederationRoot;
  readonly signedBytes: Uint8Array;
}

/**
 * First step of the ceremony: the body of a root file, as successor of `previous` or as the first.
 * `keys` in any order; the threshold is at least 2.
 */
export function draftRoot(parameters: {
  readonly keys: readonly Uint8Array[];
  readonly threshold: number;
  readonly time: SignedTime;
  readonly previous?: SignedFederationRoot;
}): RootDraft {
  const { previous } = parameters;
  const root: FederationRoot = {
    suite: currentSuite,
    version: (previous?.root.version ?? 0) + 1,
    threshold: parameters.threshold,
    keys: ascendingKeys(parameters.keys),
    previousHash: previous === undefined ? new Uint8Array(sizes.hash) : rootHashOf(previous.signedBytes),
    time: parameters.time,
  };
  return { root, signedBytes: encodeFederationRoot(root) };
}

/** Second step: one key holder signs a draft, with a key of this root (`keys` of the draft) or of the previous one. */
export function signRoot(signedBytes: Uint8Array, keys: readonly Uint8Array[], signer: SigningKey): IndexedSignature {
  return signAsListed({ purpose: signaturePurposes.root, keys }, signedBytes, signer);
}

/** Third step: the log entry. @throws CodecError when draft or signatures are not well-formed. */
export function assembleRoot(parts: {
  readonly signedBytes: Uint8Array;
  readonly signatures: readonly IndexedSignature[];
  /** None for the first root. */
  readonly previousSignatures: readonly IndexedSignature[];
}): Uint8Array {
  const bytes = encodeSignedFederationRoot({
    signedBytes: parts.signedBytes,
    signatures: byKeyIndex(parts.signatures),
    previousSignatures: byKeyIndex(parts.previousSignatures),
  });
  decodeSignedFederationRoot(bytes);
  return bytes;
}

/** All three steps in one place, where the keys are at hand. */
export function makeRoot(parameters: {
  readonly keys: readonly Uint8Array[];
  readonly threshold: number;
  readonly time: SignedTime;
  readonly signers: readonly SigningKey[];
  readonly succession?: { readonly previous: SignedFederationRoot; readonly signers: readonly SigningKey[] };
}): Uint8Array {
  const { keys, threshold, time, signers, succession } = parameters;
  const draft = draftRoot({ keys, threshold, time, ...(succession && { previous: succession.previous }) });
  return assembleRoot({
    signedBytes: draft.signedBytes,
    signatures: signers.map((signer) => signRoot(draft.signedBytes, draft.root.keys, signer)),
    previousSignatures: (succession?.signers ?? []).map((signer) =>
      signRoot(draft.signedBytes, succession?.previous.root.keys ?? [], signer),
    ),
  });
}

/** First step of an admission: the bytes that root key holders sign. Registrar keys in any order. */
export function draftAuthority(record: Omit<AuthorityRecord, 'suite'>): Uint8Array {
  const registrarKeys = ascendingKeys(record.registrarKeys);
  return encodeAuthorityRecord({ ...record, suite: currentSuite, registrarKeys });
}

/** Second step: one holder of a root key in force signs. */
export function signAuthority(signedBytes: Uint8Array, root: FederationRoot, signer: SigningKey): IndexedSignature {
  return signAsListed({ purpose: signaturePurposes.authority, keys: root.keys }, signedBytes, signer);
}

/** Third step: the log entry. @throws CodecError when draft or signatures are not well-formed. */
export function assembleAuthority(signedBytes: Uint8Array, signatures: readonly IndexedSignature[]): Uint8Array {
  const bytes = encodeSignedAuthorityRecord({ signedBytes, signatures: byKeyIndex(signatures) });
  decodeSignedAuthorityRecord(bytes);
  return bytes;
}

/** All three steps in one place, where the keys are at hand. */
export function makeAuthority(
  record: Omit<AuthorityRecord, 'suite'>,
  root: FederationRoot,
  signers: readonly SigningKey[],
): Uint8Array {
  const signedBytes = draftAuthority(record);
  return assembleAuthority(
    signedBytes,
    signers.map((signer) => signAuthority(signedBytes, root, signer)),
  );
}
