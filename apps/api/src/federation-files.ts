import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { limits, UsageError } from '@rogatory/kernel';
import { rootHashOf } from '@rogatory/pki';
import { decodeDirectoryBundle, decodeSignedFederationRoot } from '@rogatory/protocol';

const BUNDLE = /^[a-z0-9][a-z0-9.-]{0,100}\.bundle$/;

/** What a ceremony left for this server. */
export interface FederationFiles {
  /** Hash of the federation's first root file, which everything else in the directory hangs on. */
  readonly pinnedRootHash: Uint8Array;
  /** Bytes of the first root file, for clients to compare with their pin. */
  readonly root: Uint8Array;
  /** Directory bundles in the order of their names. */
  readonly bundles: readonly Uint8Array[];
}

/**
 * Reads `*.bundle` files of a folder and the root file: the one that is configured, or, in the demo profile, the first
 * entry of the first bundle.
 * @throws UsageError `federation/no-root`, `federation/root-version`, `federation/bundles`; CodecError on malformed files.
 */
export async function readFederationFiles(folder: string, rootFile: string | undefined): Promise<FederationFiles> {
  const bundles = await bundlesIn(folder);
  const root = rootFile === undefined ? firstEntryOf(bundles) : new Uint8Array(await readFile(rootFile));
  const signed = decodeSignedFederationRoot(root);
  if (signed.root.version !== 1) {
    throw new UsageError('federation/root-version', 'the pinned root file is not the first version');
  }
  return { pinnedRootHash: rootHashOf(signed.signedBytes), root, bundles };
}

async function bundlesIn(folder: string): Promise<readonly Uint8Array[]> {
  const names = (await namesIn(folder)).filter((name) => BUNDLE.test(name)).sort();
  if (names.length > limits.maxFederationBundles) throw new UsageError('federation/bundles', 'too many bundles');
  return Promise.all(names.map(async (name) => new Uint8Array(await readFile(join(folder, name)))));
}

function firstEntryOf([first]: readonly Uint8Array[]): Uint8Array {
  const [root] = first === undefined ? [] : decodeDirectoryBundle(first).entries;
  if (root === undefined) throw new UsageError('federation/no-root', 'no federation root is configured');
  return root;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (Reflect.get(Object(error), 'code') === 'ENOENT') return [];
    throw error;
  }
}
