import type { ActId, DeviceId } from '@rogatory/kernel';
import type { Reader, Writer } from '@rogatory/platform-database';

/** An entry of the log as stored. */
export interface StoredEntry {
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly receivedAtMs: number;
  /** The card that the entry's certificate names, where it lies beside and was not erased. */
  readonly card: Uint8Array | undefined;
}

export interface NewEntry {
  readonly index: number;
  readonly bytes: Uint8Array;
  /** RFC 6962 leaf hash; no two entries share one. */
  readonly leafHash: Uint8Array;
  readonly receivedAtMs: number;
  /** Hash of the card that a person certificate names. */
  readonly cardHash: Uint8Array | undefined;
}

export interface StoredCard {
  readonly hash: Uint8Array;
  readonly bytes: Uint8Array;
}

export interface DirectoryEntryReader {
  /** Entries from an index on, in order and without a gap, at most `limit`. */
  page(reader: Reader, from: number, limit: number): Promise<readonly StoredEntry[]>;
  /** Those of the leaf hashes that the log holds. */
  findKnown(reader: Reader, leafHashes: readonly Uint8Array[]): Promise<readonly Uint8Array[]>;
  /** Number of entries. */
  size(reader: Reader): Promise<number>;
}

export interface DirectoryEntryWriter {
  /** Makes every other appender wait until this transaction ends. */
  lock(writer: Writer): Promise<void>;
  /** MUST refuse an index or leaf hash that is taken, and each entry MUST refer to the audit record of its act. */
  add(writer: Writer, entries: readonly NewEntry[], actId: ActId): Promise<void>;
  /** Cards that are stored already stay as they are. */
  addCards(writer: Writer, cards: readonly StoredCard[]): Promise<void>;
}

export type DirectoryStore = DirectoryEntryReader & DirectoryEntryWriter;

/** A signed prekey as stored. */
export interface StoredPrekey {
  readonly deviceId: DeviceId;
  readonly prekeyId: number;
  readonly bytes: Uint8Array;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

export interface PrekeyStore {
  /** A device's prekeys, newest number first; a second caller waits until this transaction ends. */
  lockOf(writer: Writer, deviceId: DeviceId): Promise<readonly StoredPrekey[]>;
  add(writer: Writer, prekeys: readonly StoredPrekey[], actId: ActId): Promise<void>;
  remove(writer: Writer, deviceId: DeviceId, prekeyIds: readonly number[]): Promise<void>;
  /** Of each device the prekey with the highest number that is valid at the time. */
  newestOf(reader: Reader, deviceIds: readonly DeviceId[], atMs: number): Promise<readonly StoredPrekey[]>;
}

/** Nonces with which witnesses asked for bundles, as long as their requests are not void by their time. */
export interface UsedNonces {
  /** Whether nobody used the nonce of this witness before, on whatever server; it is used then. Forgets what is void. */
  use(writer: Writer, nonce: UsedNonce, nowMs: number): Promise<boolean>;
}

export interface UsedNonce {
  readonly witnessKey: Uint8Array;
  readonly nonce: Uint8Array;
  readonly voidMs: number;
}
