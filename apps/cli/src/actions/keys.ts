import { equalBytes, toBase64 } from '@rogatory/kernel';
import { defaultPassphraseCost } from '@rogatory/crypto/passphrase';
import {
  decodeKeyFile,
  decodePublicKey,
  encodeKeyFile,
  encodePublicKeyFile,
  keyFingerprint,
  keyKinds,
  MAX_KEY_FILE_BYTES,
  newKeyFile,
  newLock,
  type PublicKeyFile,
  relockKeyFile,
} from '../ceremony/key-file.js';
import type { Call } from '../run/call.js';
import { readBounded, writeWhole } from '../run/files.js';
import { harmless } from '../run/harmless.js';
import type { Outcome } from '../run/outcome.js';
import { readNewPassphrase, readNextPassphrase, readPassphrase } from '../run/passphrase.js';

/** `keys new` */
export async function newKey(call: Call): Promise<Outcome> {
  const { random } = call.context;
  const kind = call.choice('kind', keyKinds);
  const label = harmless(call.required('label'), 100);
  const out = call.path(call.required('out'));
  const lock = await newLock(await readNewPassphrase(call, out), defaultPassphraseCost, random);
  const file = newKeyFile({ kind, label }, lock, random);
  await writeWhole(out, encodeKeyFile(file), { isPrivate: true });
  await writePublic(call, file);
  return shown(file);
}

/** `keys show` */
export async function showKey(call: Call): Promise<Outcome> {
  const file = decodePublicKey(await readBounded(call.path(call.argument(0)), MAX_KEY_FILE_BYTES));
  await writePublic(call, file);
  return shown(file);
}

/** `keys passphrase` */
export async function changePassphrase(call: Call): Promise<Outcome> {
  const named = call.argumentOrNone(0);
  if (named === undefined) return (await import('./key-store.js')).changeDevicePassphrase(call);
  const path = call.path(named);
  const file = decodeKeyFile(await readBounded(path, MAX_KEY_FILE_BYTES));
  const old = await readPassphrase(call, path);
  const { random } = call.context;
  const lock = await newLock(await readNextPassphrase(call, path), defaultPassphraseCost, random);
  const next = await relockKeyFile(file, { old, lock }, random);
  await writeWhole(path, encodeKeyFile(next), { isPrivate: true, replace: true });
  const isSame = equalBytes(next.publicKey, file.publicKey);
  return { json: { file: path, changed: isSame }, lines: ['The passphrase was changed; the key is the same.'] };
}

/** `keys status` */
export async function keyStatus(call: Call): Promise<Outcome> {
  return (await import('./key-store.js')).deviceKeyStatus(call);
}

async function writePublic(call: Call, file: PublicKeyFile): Promise<void> {
  const publicOut = call.optional('publicOut');
  if (publicOut !== undefined) await writeWhole(call.path(publicOut), encodePublicKeyFile(file));
}

function shown(file: PublicKeyFile): Outcome {
  const { words, digits } = keyFingerprint(file);
  const { kind, publicKey } = file;
  const label = harmless(file.label);
  return {
    json: { kind, label, publicKey: toBase64(publicKey), fingerprint: words.join(' '), digits: digits.join(' ') },
    lines: [`${kind} key of ${label}`, `fingerprint  ${words.join(' ')}`, `in digits    ${digits.join(' ')}`],
  };
}
