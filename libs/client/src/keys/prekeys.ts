import { limits } from '@rogatory/kernel';
import { KemKey } from '@rogatory/crypto/seal';
import { hash } from '@rogatory/crypto/verify';
import { type KeyStoreContent, pruneKeyStore, type StoredPrekey } from '@rogatory/e2ee';
import { makePrekey } from '@rogatory/pki';
import { actSubjects, contexts, currentSuite, decodeSignedPrekey } from '@rogatory/protocol';
import { toBase64 } from '@rogatory/kernel';
import { publishPrekeysOperation } from '../operations.generated.js';
import { asFlag } from '../transport/answer.js';
import type { Gateway } from '../session/gateway.js';
import type { KeyStoreStorage, UnlockedKeyStore } from './key-store.js';

const RENEW_BEFORE_MS = 4 * 24 * 3_600_000;
const SKEW_MS = limits.maxClockSkewMs;

/** Keeps a valid prekey published: what is sealed to it stays closed to whoever gets the device key later. */
export class Prekeys {
  readonly #gateway: Gateway;
  readonly #keys: UnlockedKeyStore;
  readonly #storage: KeyStoreStorage;

  constructor(gateway: Gateway, keys: UnlockedKeyStore, storage: KeyStoreStorage) {
    this.#gateway = gateway;
    this.#keys = keys;
    this.#storage = storage;
  }

  /** Whether the newest prekey ends within four days, or there is none. */
  isDue(): boolean {
    const newest = Math.max(0, ...this.#keys.content.prekeys.map(({ notAfterMs }) => notAfterMs));
    return this.#gateway.clock.nowMs() > newest - RENEW_BEFORE_MS;
  }

  /** Makes, saves and publishes a new prekey when one is due. @returns whether it did. */
  async renewWhenDue(): Promise<boolean> {
    if (!this.isDue()) return false;
    await this.renew();
    return true;
  }

  /** Makes a new prekey, saves its private half, and only then publishes it. Old ones that no box can name are dropped. */
  async renew(): Promise<void> {
    const { clock, random } = this.#gateway;
    const { content, signing, deviceId } = this.#keys;
    const key = KemKey.generate(random);
    const prekeyId = Math.max(0, ...content.prekeys.map((prekey) => prekey.prekeyId)) + 1;
    const notBeforeMs = clock.nowMs() - SKEW_MS;
    const notAfterMs = notBeforeMs + limits.maxPrekeyMs;
    const wish = { suite: currentSuite, deviceId, prekeyId, kemKey: key.publicKey, notBeforeMs, notAfterMs };
    const bytes = makePrekey(wish, signing);
    const prekeyHash = hash(contexts.prekey, decodeSignedPrekey(bytes).signedBytes);
    const stored: StoredPrekey = { prekeyId, prekeyHash, seed: key.exportSeed(), notAfterMs };
    const next: KeyStoreContent = { ...content, prekeys: [...content.prekeys, stored] };
    await this.#keys.save(pruneKeyStore(next, clock.nowMs()), this.#storage, random);
    const request = { variables: { prekeys: [toBase64(bytes)] }, subject: actSubjects.publishPrekeys([bytes]) };
    await this.#gateway.call(publishPrekeysOperation, request, (data) => asFlag(data.publishPrekeys));
  }
}
