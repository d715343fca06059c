import { concatBytes, idBytes, type DeviceId, type RandomBytes, type Secret, utf8 } from '@rogatory/kernel';
import { aeadOpen, aeadSeal } from '@rogatory/crypto/seal';
import { aeadPurposes, ByteWriter } from '@rogatory/protocol';
import type { StateStore } from './state-store.js';

export interface SealedStoreParts {
  readonly store: StateStore;
  readonly deviceId: DeviceId;
  /** From the key store. */
  readonly key: Secret;
  readonly random: RandomBytes;
}

/** Seals everything under the device's own key before the storage sees it; a value opens under its own name only. */
export class SealedStore {
  readonly #parts: SealedStoreParts;

  constructor(parts: SealedStoreParts) {
    this.#parts = parts;
  }

  /** @throws VerificationError `crypto/open` for a changed or foreign value. */
  async read(name: string): Promise<Uint8Array | undefined> {
    const sealed = await this.#parts.store.read(name);
    return sealed && this.#open(sealed, name, 0);
  }

  async write(name: string, plaintext: Uint8Array): Promise<void> {
    await this.#parts.store.write(name, this.#seal(plaintext, name, 0));
  }

  async append(name: string, index: number, plaintext: Uint8Array): Promise<void> {
    await this.#parts.store.append(name, this.#seal(plaintext, name, index));
  }

  async readRecords(name: string): Promise<readonly Uint8Array[]> {
    const records = await this.#parts.store.readRecords(name);
    return records.map((record, index) => this.#open(record, name, index));
  }

  remove(name: string): Promise<void> {
    return this.#parts.store.remove(name);
  }

  list(): Promise<readonly string[]> {
    return this.#parts.store.list();
  }

  exclusive<Result>(run: () => Promise<Result>): Promise<Result> {
    return this.#parts.store.exclusive(run);
  }

  #seal(plaintext: Uint8Array, name: string, index: number): Uint8Array {
    const { key: secret, random } = this.#parts;
    return aeadSeal({ secret, purpose: aeadPurposes.localState, random, plaintext, aad: this.#aad(name, index) });
  }

  #open(sealed: Uint8Array, name: string, index: number): Uint8Array {
    const { key: secret } = this.#parts;
    return aeadOpen({ secret, purpose: aeadPurposes.localState, sealed, aad: this.#aad(name, index) });
  }

  /** SPEC: key-store 7: aad = "RGCS" ‖ deviceId ‖ index u32 ‖ name */
  #aad(name: string, index: number): Uint8Array {
    const place = new ByteWriter().u32(index).finish();
    return concatBytes(utf8('RGCS'), idBytes(this.#parts.deviceId), place, utf8(name));
  }
}
