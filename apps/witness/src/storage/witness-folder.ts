import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type RandomBytes, UsageError, utf8 } from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import {
  encodeVerifierKey,
  keyTypes,
  type NoteSigner,
  parsePolicy,
  parseVerifierKey,
  type VerifierKey,
  verifierKey,
} from '@rogatory/tlog';
import { loadOrCreateSecret, readIfThere, replaceFile } from '@rogatory/platform-files';

const LOGS_HEADER =
  '# Logs that this witness follows (C2SP tlog-policy). One line per log: log <verifier key>\nquorum none\n';
const decoder = new TextDecoder();

/**
 * Makes a witness: a key, its public form in `witness.vkey`, and an empty list of logs. Answers the verifier key that
 * logs and readers put into their policies.
 * @throws UsageError `witness/exists` when the folder holds a witness already; `tlog/key` on a name that no note takes.
 */
export async function makeWitness(folder: string, name: string, random: RandomBytes): Promise<VerifierKey> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await readIfThere(join(folder, 'witness.vkey'))) !== undefined) {
    throw new UsageError('witness/exists', 'there is a witness in this folder already');
  }
  const { key } = await signerOf(folder, name, random);
  await replaceFile(join(folder, 'logs'), LOGS_HEADER);
  // Last: a folder with this file is whole.
  await replaceFile(join(folder, 'witness.vkey'), `${encodeVerifierKey(key)}\n`);
  return key;
}

/**
 * The name and key of the witness in a folder.
 * @throws UsageError `witness/none` without a witness there, `witness/key` when key and public form differ; InternalError
 * `files/secret`.
 */
export async function openWitness(folder: string, random: RandomBytes): Promise<NoteSigner> {
  const text = await readIfThere(join(folder, 'witness.vkey'));
  if (text === undefined) throw new UsageError('witness/none', 'there is no witness in this folder');
  const written = parseVerifierKey(decoder.decode(text).trimEnd());
  const signer = await signerOf(folder, written.name, random);
  if (encodeVerifierKey(signer.key) !== encodeVerifierKey(written)) {
    throw new UsageError('witness/key', 'key.seed and witness.vkey do not belong together');
  }
  return signer;
}

/**
 * Follows one more log, or one more key of a log.
 * @throws CodecError `tlog/policy` when the list would not be a policy any more: a key twice, too many logs.
 */
export async function followLog(folder: string, key: VerifierKey): Promise<void> {
  if (key.type !== keyTypes.log) throw new UsageError('tlog/key-type', 'not the key of a log');
  const path = join(folder, 'logs');
  const grown = `${decoder.decode(await readIfThere(path))}log ${encodeVerifierKey(key)}\n`;
  parsePolicy(utf8(grown));
  await replaceFile(path, grown);
}

async function signerOf(folder: string, name: string, random: RandomBytes): Promise<NoteSigner> {
  const seed = await loadOrCreateSecret(join(folder, 'key.seed'), random);
  const key = SigningKey.fromSeed(seed);
  seed.wipe();
  return {
    key: verifierKey({ name, type: keyTypes.cosignature, publicKey: key.publicKey }),
    sign: (message) => key.signRaw(message),
  };
}
