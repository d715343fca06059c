import type { AuthorityId, DeviceId, PersonId, RandomBytes } from '@rogatory/kernel';
import { limits, Secret, SHORT_ID_BYTES, idFromBytes } from '@rogatory/kernel';
import { KemKey } from '@rogatory/crypto/seal';
import { SigningKey } from '@rogatory/crypto/sign';
import { type DeviceKemKeys, type KeyStoreContent, openKeyStore, sealKeyStore } from '@rogatory/e2ee';
import { makeEnrolmentRequest } from '@rogatory/pki';
import { currentSuite, decodeKeyStoreFile, type SignedTime } from '@rogatory/protocol';
import { usageError } from '../client.errors.js';

const SALT_BYTES = 16;

/** Where the passphrase-protected file of a device lies. `replace` MUST be atomic and durable. */
export interface KeyStoreStorage {
  read(): Promise<Uint8Array | undefined>;
  replace(bytes: Uint8Array): Promise<void>;
}

/** Cost of the passphrase derivation; floors and ceilings are compiled in (`limits.argon2…`). */
export interface KeyStoreCost {
  readonly passes: number;
  readonly memoryBytes: number;
}

export const defaultKeyStoreCost: KeyStoreCost = {
  passes: limits.argon2DefaultPasses,
  memoryBytes: limits.argon2DefaultMemoryBytes,
};

/** The keys of a device in memory, with what is needed to write its key store again. */
export class UnlockedKeyStore {
  readonly #passphraseKey: Secret;
  readonly #header: { readonly salt: Uint8Array; readonly cost: KeyStoreCost };
  #generation: number;
  #content: KeyStoreContent;
  readonly signing: SigningKey;
  readonly kem: KemKey;

  constructor(parts: {
    readonly passphraseKey: Secret;
    readonly salt: Uint8Array;
    readonly cost: KeyStoreCost;
    readonly generation: number;
    readonly content: KeyStoreContent;
  }) {
    this.#passphraseKey = parts.passphraseKey;
    this.#header = { salt: parts.salt, cost: parts.cost };
    this.#generation = parts.generation;
    this.#content = parts.content;
    this.signing = SigningKey.fromSeed(parts.content.signingSeed);
    this.kem = KemKey.fromSeed(parts.content.kemSeed);
  }

  get content(): KeyStoreContent {
    return this.#content;
  }

  get deviceId(): DeviceId {
    return this.#content.deviceId;
  }

  get personId(): PersonId {
    return this.#content.personId;
  }

  get authorityId(): AuthorityId {
    return this.#content.authorityId;
  }

  /** Rises by one at each write. */
  get generation(): number {
    return this.#generation;
  }

  /** Everything that a box may be sealed to. */
  kemKeys(): DeviceKemKeys {
    const prekeys = this.#content.prekeys.map(({ prekeyHash, seed }) => ({ prekeyHash, key: KemKey.fromSeed(seed) }));
    return { deviceId: this.deviceId, deviceKey: this.kem, prekeys };
  }

  /** Writes the file anew with this content, as its next generation. */
  async save(content: KeyStoreContent, storage: KeyStoreStorage, random: RandomBytes): Promise<void> {
    const { salt, cost } = this.#header;
    const generation = this.#generation + 1;
    const header = { suite: currentSuite, ...cost, salt, generation };
    const bytes = sealKeyStore({ passphraseKey: this.#passphraseKey, header, content, random });
    await storage.replace(bytes);
    this.#generation = generation;
    this.#content = content;
  }

  /** Best effort as to memory. */
  lock(): void {
    this.#passphraseKey.wipe();
    this.signing.wipe();
    this.kem.wipe();
    const { signingSeed, kemSeed, localStateKey, prekeys } = this.#content;
    for (const secret of [signingSeed, kemSeed, localStateKey, ...prekeys.map(({ seed }) => seed)]) secret.wipe();
  }
}

/**
 * Opens the key store file of a device. Blocks for the derivation, about a second at the default cost.
 * @param minimumGeneration the highest generation that this machine has seen, 0 for none.
 * @throws CodecError `codec/cost` for a cost outside the compiled bounds, before any derivation; VerificationError
 * `crypto/open` for a wrong passphrase or changed file, `e2ee/key-store` for an older file.
 */
export async function unlockKeyStore(
  bytes: Uint8Array,
  passphrase: string,
  minimumGeneration = 0,
): Promise<UnlockedKeyStore> {
  const { salt, passes, memoryBytes } = decodeKeyStoreFile(bytes);
  const cost = { passes, memoryBytes };
  const passphraseKey = await deriveKey(passphrase, salt, cost);
  const { header, content } = openKeyStore(bytes, passphraseKey, minimumGeneration);
  return new UnlockedKeyStore({ passphraseKey, salt, cost, generation: header.generation, content });
}

export interface NewKeyStore {
  readonly content: KeyStoreContent;
  readonly passphrase: string;
  readonly cost?: KeyStoreCost;
  readonly random: RandomBytes;
}

/** Seals keys under a passphrase for the first time. @throws RefusedError `crypto/passphrase`, `crypto/passphrase-cost`. */
export async function createKeyStore(
  { content, passphrase, cost = defaultKeyStoreCost, random }: NewKeyStore,
  storage: KeyStoreStorage,
): Promise<UnlockedKeyStore> {
  if ((await storage.read()) !== undefined) throw usageError('client/input');
  const salt = random(SALT_BYTES);
  const passphraseKey = await deriveKey(passphrase, salt, cost);
  const unlocked = new UnlockedKeyStore({ passphraseKey, salt, cost, generation: 0, content });
  await unlocked.save(content, storage, random);
  return unlocked;
}

async function deriveKey(passphrase: string, salt: Uint8Array, cost: KeyStoreCost): Promise<Secret> {
  // The large build of the derivation is loaded at unlock only.
  const { derivePassphraseKey } = await import('@rogatory/crypto/passphrase');
  return derivePassphraseKey({ passphrase, salt, cost });
}

export interface NewDevice {
  readonly personId: PersonId;
  readonly authorityId: AuthorityId;
  readonly federationRootHash: Uint8Array;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly time: SignedTime;
  readonly random: RandomBytes;
  /** Names of a person whom the registrars do not know yet, encoded. */
  readonly cardBytes?: Uint8Array;
}

/** Fresh keys of a device, and the request that it shows to whoever is to sign for it. */
export function newDevice(input: NewDevice): { readonly content: KeyStoreContent; readonly request: Uint8Array } {
  const { random, personId, authorityId, federationRootHash, notBeforeMs, notAfterMs, time, cardBytes } = input;
  const deviceId = idFromBytes<DeviceId>(random(SHORT_ID_BYTES));
  const signing = SigningKey.generate(random);
  const kem = KemKey.generate(random);
  const period = { notBeforeMs, notAfterMs };
  const certificate = { authorityId, personId, deviceId, kemKey: kem.publicKey, ...period, time };
  const request = makeEnrolmentRequest(certificate, signing, cardBytes);
  const content: KeyStoreContent = {
    deviceId,
    personId,
    authorityId,
    federationRootHash,
    signingSeed: signing.exportSeed(),
    kemSeed: kem.exportSeed(),
    localStateKey: new Secret(random(32)),
    prekeys: [],
  };
  return { content, request };
}
