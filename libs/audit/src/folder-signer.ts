import { join } from 'node:path';
import { type RandomBytes, toHex, utf8 } from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import { keyTypes, type NoteSigner, verifierKey } from '@rogatory/tlog';
import { loadOrCreateSecret, loadSecret } from '@rogatory/platform-files';
import { LocalLogSigner } from './application/log/log-signer.js';
import { signerUnknownLog } from './domain/audit.errors.js';
import { FolderSignerStore } from './storage/folder-signer.store.js';

export interface FolderSignerOptions {
  /** Private to the server's user, apart from the database and its backups. */
  readonly folder: string;
  /** Logs that it may sign; each has a key of its own. */
  readonly origins: readonly string[];
  readonly random: RandomBytes;
}

/**
 * The signer of a folder as it stands, for a check: no key is made.
 * @throws InternalError `files/secret` on a key that is missing or that others may read.
 */
export async function readFolderSigner(folder: string, origins: readonly string[]): Promise<LocalLogSigner> {
  const signers = new Map<string, NoteSigner>();
  for (const origin of origins) {
    const seed = await loadSecret(seedPath(folder, origin));
    signers.set(origin, noteSigner(origin, SigningKey.fromSeed(seed)));
    seed.wipe();
  }
  return localSigner(folder, signers);
}

/** A signer over a folder: a seed per log, and the heads it signed. @throws InternalError `files/secret`. */
export async function openFolderSigner({ folder, origins, random }: FolderSignerOptions): Promise<LocalLogSigner> {
  const signers = new Map<string, NoteSigner>();
  for (const origin of origins) {
    const seed = await loadOrCreateSecret(seedPath(folder, origin), random);
    signers.set(origin, noteSigner(origin, SigningKey.fromSeed(seed)));
    seed.wipe();
  }
  return localSigner(folder, signers);
}

function localSigner(folder: string, signers: ReadonlyMap<string, NoteSigner>): LocalLogSigner {
  return new LocalLogSigner(new FolderSignerStore(folder), (origin) => {
    const signer = signers.get(origin);
    if (signer === undefined) throw signerUnknownLog(origin);
    return signer;
  });
}

function seedPath(folder: string, origin: string): string {
  return join(folder, `${toHex(utf8(origin))}.seed`);
}

/** A log key under the name of its log, as checkpoints want it. */
export function noteSigner(origin: string, key: SigningKey): NoteSigner {
  const { publicKey } = key;
  return {
    key: verifierKey({ name: origin, type: keyTypes.log, publicKey }),
    sign: (message) => key.signRaw(message),
  };
}
