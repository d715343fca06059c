import {
  type AuthorityId,
  type DeviceId,
  idBytes,
  idFromBytes,
  limits,
  type PersonId,
  type RandomBytes,
  Secret,
} from '@rogatory/kernel';
import { aeadOpen, aeadSeal } from '@rogatory/crypto/seal';
import {
  aeadPurposes,
  ByteReader,
  ByteWriter,
  decodeKeyStoreFile,
  encodeKeyStoreFile,
  encodeKeyStoreHeader,
  type KeyStoreFile,
  sizes,
} from '@rogatory/protocol';
import { keyStoreError } from '../e2ee.errors.js';

/** The private half of a prekey, kept until its end so that boxes sealed to it open. */
export interface StoredPrekey {
  readonly prekeyId: number;
  /** Hash of the signed prekey, as boxes name it. */
  readonly prekeyHash: Uint8Array;
  readonly seed: Secret;
  readonly notAfterMs: number;
}

/** Everything secret that a device holds by itself; with it and the server's data all else can be rebuilt. */
export interface KeyStoreContent {
  readonly deviceId: DeviceId;
  readonly personId: PersonId;
  readonly authorityId: AuthorityId;
  /** Pinned for ever: hash of the federation root that this device was set up with. */
  readonly federationRootHash: Uint8Array;
  readonly signingSeed: Secret;
  readonly kemSeed: Secret;
  /** Seals the local state beside the key store. */
  readonly localStateKey: Secret;
  readonly prekeys: readonly StoredPrekey[];
}

const MAGIC = 'RGKC';

export function encodeKeyStoreContent(content: KeyStoreContent): Uint8Array {
  const writer = new ByteWriter().raw(new TextEncoder().encode(MAGIC)).fixed(idBytes(content.deviceId), 16);
  writer.fixed(idBytes(content.personId), 16).fixed(idBytes(content.authorityId), 16);
  writer.fixed(content.federationRootHash, sizes.hash);
  for (const secret of [content.signingSeed, content.kemSeed, content.localStateKey]) writeSecret(writer, secret);
  writer.u16(content.prekeys.length);
  for (const { prekeyId, prekeyHash, seed, notAfterMs } of content.prekeys) {
    writer.u32(prekeyId).fixed(prekeyHash, sizes.hash);
    writeSecret(writer, seed).time(notAfterMs);
  }
  return writer.finish();
}

export function decodeKeyStoreContent(bytes: Uint8Array): KeyStoreContent {
  const reader = new ByteReader(bytes, limits.maxKeyStoreContentBytes).magic(MAGIC);
  const ids = {
    deviceId: idFromBytes<DeviceId>(reader.fixed(16)),
    personId: idFromBytes<PersonId>(reader.fixed(16)),
    authorityId: idFromBytes<AuthorityId>(reader.fixed(16)),
    federationRootHash: reader.fixed(sizes.hash),
  };
  const secrets = { signingSeed: readSecret(reader), kemSeed: readSecret(reader), localStateKey: readSecret(reader) };
  const count = reader.u16();
  if (count > limits.maxStoredPrekeys) throw keyStoreError();
  const prekeys = Array.from({ length: count }, () => ({
    prekeyId: reader.u32(),
    prekeyHash: reader.fixed(sizes.hash),
    seed: readSecret(reader),
    notAfterMs: reader.time(),
  }));
  reader.end();
  return { ...ids, ...secrets, prekeys };
}

/** The clear part of the file: what the passphrase key was derived with, and the count of writes. */
export type KeyStoreHeader = Omit<KeyStoreFile, 'sealed'>;

export interface SealKeyStoreInput {
  /** Derived from the passphrase with the header's cost and salt (crypto `passphrase`). */
  readonly passphraseKey: Secret;
  /** `generation` is one higher than that of the file it replaces. */
  readonly header: KeyStoreHeader;
  readonly content: KeyStoreContent;
  readonly random: RandomBytes;
}

/** SPEC: key-store 3: sealed = aead(passphrase key, content, aad = header) */
export function sealKeyStore(input: SealKeyStoreInput): Uint8Array {
  const { passphraseKey: secret, header, content, random } = input;
  const plaintext = encodeKeyStoreContent(content);
  const aad = encodeKeyStoreHeader(header);
  try {
    const sealed = aeadSeal({ secret, purpose: aeadPurposes.keyStore, random, plaintext, aad });
    const bytes = encodeKeyStoreFile({ ...header, sealed });
    decodeKeyStoreFile(bytes); // a file that its own reader would refuse is never written
    return bytes;
  } finally {
    plaintext.fill(0);
  }
}

/**
 * @param minimumGeneration the highest generation this machine has seen; 0 for none.
 * @throws VerificationError `crypto/open` for a wrong passphrase or changed file, `e2ee/key-store` for an older file;
 * CodecError `codec/cost` for a cost outside the compiled bounds.
 */
export function openKeyStore(
  bytes: Uint8Array,
  passphraseKey: Secret,
  minimumGeneration: number,
): { readonly header: KeyStoreHeader; readonly content: KeyStoreContent } {
  const { sealed, ...header } = decodeKeyStoreFile(bytes);
  if (header.generation < minimumGeneration) throw keyStoreError();
  const aad = encodeKeyStoreHeader(header);
  const plaintext = aeadOpen({ secret: passphraseKey, purpose: aeadPurposes.keyStore, sealed, aad });
  try {
    return { header, content: decodeKeyStoreContent(plaintext) };
  } finally {
    plaintext.fill(0);
  }
}

/** Drops the prekeys that no honest box can name any more: past their end by the time a link may be under way. */
export function pruneKeyStore(content: KeyStoreContent, nowMs: number): KeyStoreContent {
  const keep = content.prekeys.filter(({ notAfterMs }) => nowMs < notAfterMs + limits.maxPrekeyMs);
  return { ...content, prekeys: keep };
}

function writeSecret(writer: ByteWriter, secret: Secret): ByteWriter {
  return secret.use((bytes) => writer.fixed(bytes, sizes.key));
}

function readSecret(reader: ByteReader): Secret {
  return new Secret(reader.fixed(sizes.key));
}
