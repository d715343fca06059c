import { join } from 'node:path';
import { type RandomBytes, toHex, utf8 } from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import { keyTypes, type NoteSigner, verifierKey } from '@rogatory/tlog';
import { loadOrCreateSecret } from '@rogatory/platform-files';
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

/** A signer over a folder: a seed per log, and the heads it signed. @throws InternalError `files/secret`. */
export async function openFolderSigner({ folder, origins, random }: FolderSignerOptions): Promise<LocalLogSigner> {
  const signers = new Map<string, NoteSigner>();
  for (const origin of origins) {
    const seed = await loadOrCreateSecret(join(folder, `${toHex(utf8(origin))}.seed`), random);
    signers.set(origin, noteSigner(origin, SigningKey.fromSeed(seed)));
    seed.wipe();
  }
  return new LocalLogSigner(new FolderSignerStore(folder), (origin) => {
    const signer = signers.get(origin);
    if (signer === undefined) throw signerUnknownLog(origin);
    return signer;
  });
}

/** A log key under the name of its log, as checkpoints want it. */
export function noteSigner(origin: string, key: SigningKey): NoteSigner {
  const { publicKey } = key;
  return {
    key: verifierKey({ name: origin, type: keyTypes.log, publicKey }),
    sign: (message) => key.signRaw(message),
  };
}
