import { equalBytes } from '@rogatory/kernel';
import { hash } from '@rogatory/crypto/verify';
import { contexts, signaturePurposes, type SignedFederationRoot } from '@rogatory/protocol';
import type { DirectoryRoot } from '../directory-records.js';
import type { DirectoryStore } from '../directory-store.js';
import { demand } from '../pki.errors.js';
import { demandSigningKey, demandSuite, type EntryScene } from './entry-checks.js';
import { demandKeyThreshold } from './signers.js';

/** What clients pin and a successor names: H(root, signed bytes of the root file). */
export function rootHashOf(signedBytes: Uint8Array): Uint8Array {
  return hash(contexts.root, signedBytes);
}

/**
 * SPEC: directory 2 — version 1 MUST be the pinned file; a successor MUST be one version higher, name its predecessor,
 * and carry the threshold of the old and of the new keys.
 */
export function checkRoot(scene: EntryScene, signed: SignedFederationRoot, pinnedHash: Uint8Array): DirectoryRoot {
  const { root, signedBytes } = signed;
  const rootHash = rootHashOf(signedBytes);
  const previous = scene.view.root();
  demandSuite(root.suite);
  if (previous === undefined) {
    demand(equalBytes(rootHash, pinnedHash), 'directory/pinned-root');
    const isFirst = root.version === 1 && root.previousHash.every((byte) => byte === 0);
    demand(isFirst && signed.previousSignatures.length === 0, 'directory/root-succession');
  } else {
    const follows = root.version === previous.root.version + 1 && equalBytes(root.previousHash, previous.rootHash);
    demand(follows, 'directory/root-succession');
  }
  for (const key of root.keys) {
    demandSigningKey(scene, key);
    demand((scene.view.keyOwner(key)?.kind ?? 'root') === 'root', 'directory/key-reused');
  }
  const statement = { purpose: signaturePurposes.root, signedBytes };
  if (previous !== undefined) demandKeyThreshold(scene, statement, signed.previousSignatures, previous.root);
  demandKeyThreshold(scene, statement, signed.signatures, root);
  return { root, rootHash, index: scene.index };
}

export function keepRoot(store: DirectoryStore, root: DirectoryRoot): void {
  store.setRoot(root);
  for (const key of root.root.keys) store.setKeyOwner(key, root.index, { kind: 'root' });
}
