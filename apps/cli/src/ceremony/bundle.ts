import { applyEntry, cardHashOf, type DirectoryState, emptyDirectory, rootHashOf } from '@rogatory/pki';
import {
  decodeDirectoryBundle,
  decodeDirectoryEntry,
  decodeSignedFederationRoot,
  type DirectoryBundle,
  encodeDirectoryBundle,
} from '@rogatory/protocol';
import { fileFormatError, verificationError } from '../run/cli.errors.js';

/** A directory log under construction or as it was fetched, replayed and verified by every rule. */
export interface VerifiedBundle {
  readonly bundle: DirectoryBundle;
  readonly state: DirectoryState;
}

/**
 * Replays a bundle from its own first root file, whose hash the reader must know from elsewhere: see `rootHash`.
 * @throws CodecError, VerificationError `directory/…`, `cli/tampered` for a card that no certificate names.
 */
export function verifyBundle(bytes: Uint8Array): VerifiedBundle {
  const bundle = decodeDirectoryBundle(bytes);
  const [first] = bundle.entries;
  if (first === undefined) throw fileFormatError('a directory with its root file');
  const state = bundle.entries.reduce((before, entry) => applyEntry(before, entry), emptyDirectory(rootHashIn(first)));
  const named = new Set(bundle.entries.flatMap(cardHashIn));
  if (!bundle.cards.every((card) => named.has(keyOf(cardHashOf(card))))) throw verificationError('cli/tampered');
  return { bundle, state };
}

/** Hash of a signed root file, as clients pin it. @throws CodecError. */
export function rootHashIn(entry: Uint8Array): Uint8Array {
  return rootHashOf(decodeSignedFederationRoot(entry).signedBytes);
}

/** The bundle with further entries, each verified in its place. @throws VerificationError `directory/…`. */
export function extendBundle(
  before: VerifiedBundle | undefined,
  added: { readonly entries: readonly Uint8Array[]; readonly cards: readonly Uint8Array[] },
  nowMs: number,
): VerifiedBundle {
  const [first] = added.entries;
  if (first === undefined) throw fileFormatError('at least one entry');
  const start = before?.state ?? emptyDirectory(rootHashIn(first));
  const state = added.entries.reduce((grown, entry) => applyEntry(grown, entry, nowMs), start);
  return {
    state,
    bundle: {
      entries: [...(before?.bundle.entries ?? []), ...added.entries],
      cards: [...(before?.bundle.cards ?? []), ...added.cards],
    },
  };
}

export function encodeBundle({ bundle }: VerifiedBundle): Uint8Array {
  return encodeDirectoryBundle(bundle);
}

function cardHashIn(entry: Uint8Array): string[] {
  const decoded = decodeDirectoryEntry(entry);
  return decoded.kind === 'person' ? [keyOf(decoded.signed.certificate.cardHash)] : [];
}

function keyOf(hash: Uint8Array): string {
  return hash.join();
}
