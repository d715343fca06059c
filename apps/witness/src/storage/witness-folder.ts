import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type RandomBytes, UsageError, utf8 } from '@rogatory/kernel';
import { MlDsaKey } from '@rogatory/crypto/post-quantum';
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
import { signaturePurposes } from '@rogatory/protocol';
import { type DirectorySource, encodeDirectories, isDirectoryOrigin } from '../application/directory-source.js';
import type { ReadSigner } from '../http/http-bundles.js';
import { directoriesIn, readDirectories } from './followed-logs.js';

const LOGS_HEADER =
  '# Logs that this witness follows (C2SP tlog-policy). One line per log: log <verifier key>\nquorum none\n';
const POST_QUANTUM = 'witness-ml-dsa.vkey';
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
 * Gives the witness of a folder an ML-DSA-44 key beside its first one, under the same name. It signs with both from its next
 * start on. Answers the verifier key, as a second line for policies.
 * @throws UsageError `witness/none` without a witness there, `witness/exists` when it has such a key; InternalError
 * `files/secret`.
 */
export async function addPostQuantumKey(folder: string, random: RandomBytes): Promise<VerifierKey> {
  const [{ key: own }] = await openWitness(folder, random);
  if ((await readIfThere(join(folder, POST_QUANTUM))) !== undefined) {
    throw new UsageError('witness/exists', 'this witness has a post-quantum key already');
  }
  const { key } = await postQuantumSignerOf(folder, own.name, random);
  await replaceFile(join(folder, POST_QUANTUM), `${encodeVerifierKey(key)}\n`);
  return key;
}

/**
 * The keys of the witness in a folder, all under its one name: Ed25519 first, then ML-DSA-44 where it has one.
 * @throws UsageError `witness/none` without a witness there, `witness/key` when key and public form differ; InternalError
 * `files/secret`.
 */
export async function openWitness(
  folder: string,
  random: RandomBytes,
): Promise<readonly [NoteSigner, ...NoteSigner[]]> {
  const text = await readIfThere(join(folder, 'witness.vkey'));
  if (text === undefined) throw new UsageError('witness/none', 'there is no witness in this folder');
  const signer = requireFit(text, await signerOf(folder, nameIn(text), random));
  const second = await readIfThere(join(folder, POST_QUANTUM));
  if (second === undefined) return [signer];
  return [signer, requireFit(second, await postQuantumSignerOf(folder, signer.key.name, random))];
}

function nameIn(text: Uint8Array): string {
  return parseVerifierKey(decoder.decode(text).trimEnd()).name;
}

function requireFit(text: Uint8Array, signer: NoteSigner): NoteSigner {
  if (encodeVerifierKey(signer.key) === decoder.decode(text).trimEnd()) return signer;
  throw new UsageError('witness/key', 'a seed and a verifier key in the folder of the witness do not belong together');
}

/**
 * Follows one more log, or one more key of a log. A directory is followed with the place of its entries, which replaces the one
 * that was known.
 * @throws UsageError `witness/directory` for a directory without one; CodecError `tlog/policy` when the list would not be a
 * policy any more: a key twice, too many logs; CodecError `witness/directories` on a place that cannot be written.
 */
export async function followLog(folder: string, key: VerifierKey, directory?: DirectorySource): Promise<void> {
  if (key.type !== keyTypes.log) throw new UsageError('tlog/key-type', 'not the key of a log');
  if (directory === undefined && isDirectoryOrigin(key.name)) {
    throw new UsageError('witness/directory', 'a directory is followed with the place of its entries: see --directory');
  }
  const path = join(folder, 'logs');
  const list = decoder.decode(await readIfThere(path));
  const line = `log ${encodeVerifierKey(key)}`;
  const isKnown = directory !== undefined && list.split('\n').includes(line);
  const grown = `${list}${line}\n`;
  if (!isKnown) parsePolicy(utf8(grown));
  // First: whoever follows the log replays it.
  if (directory !== undefined) await placeDirectory(folder, key.name, directory);
  if (!isKnown) await replaceFile(path, grown);
}

async function placeDirectory(folder: string, origin: string, directory: DirectorySource): Promise<void> {
  const known = await readDirectories(folder);
  await replaceFile(directoriesIn(folder), encodeDirectories(new Map([...known, [origin, directory]])));
}

/** What the witness of a folder signs its requests for entries with: its first key. @throws InternalError `files/secret`. */
export async function openReadSigner(folder: string, random: RandomBytes): Promise<ReadSigner> {
  const key = await signingKeyOf(folder, random);
  return { publicKey: key.publicKey, sign: (message) => key.sign(signaturePurposes.witnessRead, message) };
}

async function signerOf(folder: string, name: string, random: RandomBytes): Promise<NoteSigner> {
  const key = await signingKeyOf(folder, random);
  return {
    key: verifierKey({ name, type: keyTypes.cosignature, publicKey: key.publicKey }),
    sign: (message) => key.signRaw(message),
  };
}

async function signingKeyOf(folder: string, random: RandomBytes): Promise<SigningKey> {
  const seed = await loadOrCreateSecret(join(folder, 'key.seed'), random);
  const key = SigningKey.fromSeed(seed);
  seed.wipe();
  return key;
}

async function postQuantumSignerOf(folder: string, name: string, random: RandomBytes): Promise<NoteSigner> {
  const seed = await loadOrCreateSecret(join(folder, 'key-ml-dsa.seed'), random);
  const key = MlDsaKey.fromSeed(seed, random);
  seed.wipe();
  return {
    key: verifierKey({ name, type: keyTypes.mlDsaCosignature, publicKey: key.publicKey }),
    sign: (message) => key.sign(message),
  };
}
