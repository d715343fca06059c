import { equalBytes, fromBase64, type RandomBytes, Secret, toBase64, utf8 } from '@rogatory/kernel';
import type { PassphraseCost } from '@rogatory/crypto/passphrase';
import { aeadOpen, aeadSeal, KemKey } from '@rogatory/crypto/seal';
import { SigningKey } from '@rogatory/crypto/sign';
import { hash } from '@rogatory/crypto/verify';
import { type Fingerprint, fingerprintOf } from '@rogatory/pki';
import { aeadPurposes, contexts, encodeCanonicalJson, sizes } from '@rogatory/protocol';
import { fileFormatError, verificationError } from '../run/cli.errors.js';
import { JsonForm, jsonText } from './json-form.js';

/** What a key is for. Root and registrar keys sign; an oversight body's key opens justifications. */
export const keyKinds = { root: 'root', registrar: 'registrar', oversight: 'oversight' } as const;
export type KeyKind = (typeof keyKinds)[keyof typeof keyKinds];

/** The public half, as others may see it. */
export interface PublicKeyFile {
  readonly kind: KeyKind;
  readonly label: string;
  readonly publicKey: Uint8Array;
}

/** A key file as it lies on its holder's medium, still locked. */
export interface KeyFile extends PublicKeyFile {
  readonly cost: PassphraseCost;
  readonly salt: Uint8Array;
  readonly sealed: Uint8Array;
}

/** A key derived from a passphrase, with what the file must name so that it can be derived again. */
export interface PassphraseLock {
  readonly key: Secret;
  readonly salt: Uint8Array;
  readonly cost: PassphraseCost;
}

const FORMAT = 'rogatory/key/v1';
const PUBLIC_FORMAT = 'rogatory/public-key/v1';
const SALT_BYTES = 16;
const MAX_LABEL_CHARACTERS = 100;
const MAX_SEALED_BYTES = 1024;
export const MAX_KEY_FILE_BYTES = 16 * 1024;

/** Derives a lock with a salt of its own. Blocks for the derivation. @throws RefusedError `crypto/passphrase…`. */
export async function newLock(passphrase: string, cost: PassphraseCost, random: RandomBytes): Promise<PassphraseLock> {
  const salt = random(SALT_BYTES);
  return { key: await derive(passphrase, salt, cost), salt, cost };
}

/** A fresh key, locked. */
export function newKeyFile(
  holder: { readonly kind: KeyKind; readonly label: string },
  lock: PassphraseLock,
  random: RandomBytes,
): KeyFile {
  const key = holder.kind === 'oversight' ? KemKey.generate(random) : SigningKey.generate(random);
  return lockKey({ ...holder, publicKey: key.publicKey }, key.exportSeed(), { lock, random });
}

function lockKey(
  file: PublicKeyFile,
  seed: Secret,
  { lock, random }: { readonly lock: PassphraseLock; readonly random: RandomBytes },
): KeyFile {
  const head = { ...file, cost: lock.cost, salt: lock.salt };
  const aad = associatedData(head);
  const purpose = aeadPurposes.keyStore;
  const sealed = seed.use((plaintext) => aeadSeal({ secret: lock.key, purpose, random, plaintext, aad }));
  seed.wipe();
  return { ...head, sealed };
}

/** The same key under another passphrase. */
export async function relockKeyFile(
  file: KeyFile,
  passphrases: { readonly old: string; readonly lock: PassphraseLock },
  random: RandomBytes,
): Promise<KeyFile> {
  return lockKey(file, await openSeed(file, passphrases.old), { lock: passphrases.lock, random });
}

/** @throws VerificationError `crypto/open` for a wrong passphrase or a changed file, `cli/tampered`. */
export async function unlockSigningKey(file: KeyFile, passphrase: string): Promise<SigningKey> {
  if (file.kind === 'oversight') throw fileFormatError('a key that signs');
  return signingKeyOf(file, await openSeed(file, passphrase));
}

function signingKeyOf(file: KeyFile, seed: Secret): SigningKey {
  const key = SigningKey.fromSeed(seed);
  seed.wipe();
  if (!equalBytes(key.publicKey, file.publicKey)) throw verificationError('cli/tampered');
  return key;
}

/** As `unlockSigningKey`, where the key of the passphrase is at hand already. */
export function unlockWithLock(file: KeyFile, lock: PassphraseLock): SigningKey {
  if (file.kind === 'oversight') throw fileFormatError('a key that signs');
  return signingKeyOf(file, openWith(file, lock.key));
}

/** The key that opens justifications. @throws as `unlockSigningKey`. */
export async function unlockOversightKey(file: KeyFile, passphrase: string): Promise<KemKey> {
  if (file.kind !== 'oversight') throw fileFormatError('the key of an oversight body');
  const seed = await openSeed(file, passphrase);
  const key = KemKey.fromSeed(seed);
  seed.wipe();
  if (!equalBytes(key.publicKey, file.publicKey)) throw verificationError('cli/tampered');
  return key;
}

/** What two holders compare: of the public key alone, so that public and private file show the same words. */
export function keyFingerprint(file: PublicKeyFile): Fingerprint {
  return fingerprintOf(hash(contexts.fingerprint, utf8(`key/${file.kind}/`), file.publicKey));
}

export function encodeKeyFile(file: KeyFile): string {
  return jsonText({
    format: FORMAT,
    ...publicFields(file),
    derivation: 'argon2id',
    passes: file.cost.passes,
    memoryBytes: file.cost.memoryBytes,
    salt: toBase64(file.salt),
    sealed: toBase64(file.sealed),
  });
}

export function encodePublicKeyFile(file: PublicKeyFile): string {
  return jsonText({ format: PUBLIC_FORMAT, ...publicFields(file) });
}

function publicFields(file: PublicKeyFile) {
  const { kind, label, publicKey } = file;
  const fingerprint = keyFingerprint(file).words.join(' ');
  return { kind, label, publicKey: toBase64(publicKey), fingerprint };
}

/** @throws CodecError `cli/file-format`; VerificationError `cli/tampered` when the words are not those of the key. */
export function decodeKeyFile(bytes: Uint8Array): KeyFile {
  const form = JsonForm.parse(bytes, 'a key file');
  if (form.text('format') !== FORMAT) throw fileFormatError('a key file');
  const head = readPublicFields(form);
  if (form.text('derivation') !== 'argon2id') throw fileFormatError('a key file');
  const cost = { passes: form.whole('passes'), memoryBytes: form.whole('memoryBytes') };
  const file = { ...head, cost, salt: form.bytes('salt', SALT_BYTES), sealed: form.bytes('sealed', MAX_SEALED_BYTES) };
  form.end();
  return file;
}

/** The public half of a key file or of a public key file. @throws as `decodeKeyFile`. */
export function decodePublicKey(bytes: Uint8Array): PublicKeyFile {
  const form = JsonForm.parse(bytes, 'a key file or public key file');
  if (form.text('format') === FORMAT) return decodeKeyFile(bytes);
  const again = JsonForm.parse(bytes, 'a public key file');
  if (again.text('format') !== PUBLIC_FORMAT) throw fileFormatError('a public key file');
  const file = readPublicFields(again);
  again.end();
  return file;
}

function readPublicFields(form: JsonForm): PublicKeyFile {
  const kindText = form.text('kind');
  const kind = Object.values(keyKinds).find((known) => known === kindText);
  const label = form.text('label');
  if (kind === undefined || label.length > MAX_LABEL_CHARACTERS) throw fileFormatError('a key file');
  const publicKey = fromBase64(form.text('publicKey'));
  const length = kind === 'oversight' ? sizes.kemPublicKey : sizes.signingKey;
  if (publicKey.length !== length) throw fileFormatError('a key file');
  const file = { kind, label, publicKey };
  if (form.text('fingerprint') !== keyFingerprint(file).words.join(' ')) throw verificationError('cli/tampered');
  return file;
}

/** Everything that the file shows is bound to the key: a changed label or cost does not open. */
function associatedData(head: Omit<KeyFile, 'sealed'>): Uint8Array {
  const { kind, label, publicKey, cost, salt } = head;
  const { passes, memoryBytes } = cost;
  const bound = { format: FORMAT, kind, label, publicKey: toBase64(publicKey), passes, memoryBytes };
  return utf8(encodeCanonicalJson({ ...bound, salt: toBase64(salt) }));
}

async function openSeed(file: KeyFile, passphrase: string): Promise<Secret> {
  const secret = await derive(passphrase, file.salt, file.cost);
  try {
    return openWith(file, secret);
  } finally {
    secret.wipe();
  }
}

function openWith(file: KeyFile, secret: Secret): Secret {
  const { sealed } = file;
  return new Secret(aeadOpen({ secret, purpose: aeadPurposes.keyStore, sealed, aad: associatedData(file) }));
}

async function derive(passphrase: string, salt: Uint8Array, cost: PassphraseCost): Promise<Secret> {
  // The large build of the derivation is loaded only where a passphrase is used.
  const { derivePassphraseKey } = await import('@rogatory/crypto/passphrase');
  return derivePassphraseKey({ passphrase, salt, cost });
}
