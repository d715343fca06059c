import { Secret } from '@rogatory/kernel';
import { type KeyEntry, keyKinds } from '@rogatory/protocol';
import { noKeyError } from '../e2ee.errors.js';
import {
  copySecret,
  deriveReadKey,
  deriveUseKey,
  type EpochCommitments,
  type EpochContext,
  type EpochKeyUse,
  isChainKey,
  isReadKey,
  openArchive,
} from './key-schedule.js';

/** One epoch as its link states it. */
export interface EpochRecord extends EpochContext, EpochCommitments {
  /** The epoch whose key the archive holds; without meaning when the archive is empty. */
  readonly baseEpoch: number;
  readonly isBarrier: boolean;
  readonly archive: Uint8Array;
}

/** The epochs of one compartment, from a verified chain. */
export interface EpochBook {
  readonly newestEpoch: number;
  epoch(number: number): EpochRecord | undefined;
}

/** An entry of a box that names no epoch of the chain, or holds a key that does not fit it. */
export interface RejectedEntry {
  readonly epoch: number;
}

/**
 * The verified epoch keys of one device in one compartment. It only ever grows, and only by keys that fit the
 * commitments of a verified chain; so no caller can put a wrong key in.
 */
export class EpochKeyring {
  readonly #chainKeys = new Map<number, Secret>();
  readonly #readKeys = new Map<number, Secret>();

  /**
   * Takes the entries that fit, and everything that the archives give from there. Entries that do not fit are returned:
   * a reason to complain, never a reason to lose the others.
   */
  learn(entries: readonly KeyEntry[], book: EpochBook): readonly RejectedEntry[] {
    const rejected: RejectedEntry[] = [];
    for (const entry of entries) {
      const record = book.epoch(entry.epoch);
      const key = new Secret(entry.key.slice());
      const taken = record !== undefined && this.#take(entry.kind, record, key);
      if (!taken) rejected.push({ epoch: entry.epoch });
      else if (entry.kind === keyKinds.chain) this.#walk(entry.epoch, book);
    }
    return rejected;
  }

  /** A keyring of its own that holds the same keys. */
  clone(): EpochKeyring {
    const copy = new EpochKeyring();
    for (const [epoch, key] of this.#chainKeys) copy.#chainKeys.set(epoch, copySecret(key));
    for (const [epoch, key] of this.#readKeys) copy.#readKeys.set(epoch, copySecret(key));
    return copy;
  }

  /** Whether items of this epoch can be opened. */
  canRead(epoch: number): boolean {
    return this.#chainKeys.has(epoch) || this.#readKeys.has(epoch);
  }

  /** Whether K of this epoch is held: with it the device may write, admit and rotate. */
  holdsChainKey(epoch: number): boolean {
    return this.#chainKeys.has(epoch);
  }

  /** All epochs whose items can be opened, in ascending order. */
  readableEpochs(): number[] {
    return [...new Set([...this.#chainKeys.keys(), ...this.#readKeys.keys()])].sort((a, b) => a - b);
  }

  /** The last of the epochs that qualify whose K is held; undefined for none. What the next epoch builds on. */
  newestChainEpoch(qualifies: (epoch: number) => boolean): number | undefined {
    const epochs = [...this.#chainKeys.keys()].filter(qualifies);
    return epochs.length === 0 ? undefined : epochs.reduce((newest, epoch) => Math.max(newest, epoch));
  }

  /** K of the epoch, still the keyring's own. @throws RefusedError `e2ee/no-key`. */
  chainKey(epoch: number): Secret {
    const key = this.#chainKeys.get(epoch);
    if (key === undefined) throw noKeyError(epoch);
    return key;
  }

  /** A key for one use of one epoch; the caller wipes it. @throws RefusedError `e2ee/no-key`. */
  useKey(context: EpochContext, use: EpochKeyUse): Secret {
    const readKey = this.#readKey(context);
    try {
      return deriveUseKey(readKey, use, context);
    } finally {
      readKey.wipe();
    }
  }

  /** An entry for a box: K, or R alone. @throws RefusedError `e2ee/no-key`. */
  entry(kind: KeyEntry['kind'], context: EpochContext): KeyEntry {
    const secret = kind === keyKinds.chain ? copySecret(this.chainKey(context.epoch)) : this.#readKey(context);
    return { kind, epoch: context.epoch, key: secret.use((bytes) => bytes) };
  }

  /** Everything held, to be saved with the device's state; K first where both are held. */
  exportEntries(): KeyEntry[] {
    const list = (kind: KeyEntry['kind'], keys: ReadonlyMap<number, Secret>): KeyEntry[] =>
      [...keys].map(([epoch, secret]) => ({ kind, epoch, key: secret.use((bytes) => bytes.slice()) }));
    const readOnly = new Map([...this.#readKeys].filter(([epoch]) => !this.#chainKeys.has(epoch)));
    return [...list(keyKinds.chain, this.#chainKeys), ...list(keyKinds.read, readOnly)];
  }

  /** Best effort as to memory. */
  wipe(): void {
    for (const secret of [...this.#chainKeys.values(), ...this.#readKeys.values()]) secret.wipe();
    this.#chainKeys.clear();
    this.#readKeys.clear();
  }

  #take(kind: KeyEntry['kind'], record: EpochRecord, key: Secret): boolean {
    const held = kind === keyKinds.chain ? this.#chainKeys : this.#readKeys;
    const fits = kind === keyKinds.chain ? isChainKey(key, record, record) : isReadKey(key, record, record);
    if (fits && !held.has(record.epoch)) held.set(record.epoch, key);
    return fits;
  }

  /** Follows the archives until a key is already held, an archive is absent or one does not open. */
  #walk(from: number, book: EpochBook): void {
    let record = book.epoch(from);
    while (record !== undefined && record.archive.length > 0) {
      const base = book.epoch(record.baseEpoch);
      if (base === undefined || base.epoch >= record.epoch || this.#chainKeys.has(base.epoch)) return;
      const key = tryOpenArchive(record, this.chainKey(record.epoch));
      if (key === undefined || !this.#take(keyKinds.chain, base, key)) return;
      record = base;
    }
  }

  #readKey(context: EpochContext): Secret {
    const chainKey = this.#chainKeys.get(context.epoch);
    if (chainKey !== undefined) return deriveReadKey(chainKey, context);
    const readKey = this.#readKeys.get(context.epoch);
    if (readKey === undefined) throw noKeyError(context.epoch);
    return copySecret(readKey);
  }
}

function tryOpenArchive(record: EpochRecord, chainKey: Secret): Secret | undefined {
  try {
    return openArchive(record.archive, chainKey, record);
  } catch {
    return undefined;
  }
}

/**
 * The epoch whose K the archive of this one really gives, as the keyring's owner has seen; undefined where the walk ends.
 * Nobody can promise what it cannot check.
 */
export function reachableBase(record: EpochRecord, keyring: EpochKeyring, book: EpochBook): EpochRecord | undefined {
  if (record.archive.length === 0 || !keyring.holdsChainKey(record.epoch)) return undefined;
  const base = book.epoch(record.baseEpoch);
  if (base === undefined || base.epoch >= record.epoch) return undefined;
  const key = tryOpenArchive(record, keyring.chainKey(record.epoch));
  return key !== undefined && isChainKey(key, base, base) ? base : undefined;
}
