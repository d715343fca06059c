import type { Readable } from 'node:stream';
import { type Brand, UsageError } from '@rogatory/kernel';

/** Name of a stored object: an id made by the server, never text of a user. */
export type BlobKey = Brand<string, 'BlobKey'>;

const KEY = /^[0-9a-f]{32}(?:[0-9a-f]{32})?$/;

/** @throws UsageError `blob/key` unless 16 or 32 bytes in lower-case hexadecimal: nothing else may reach a path. */
export function parseBlobKey(id: string): BlobKey {
  if (!KEY.test(id)) throw new UsageError('blob/key', 'not a blob key');
  return id as BlobKey;
}

/** One stored part of an object. */
export interface BlobPart {
  /** From 0. */
  readonly index: number;
  readonly bytes: number;
}

/** Half-open: `start` is in, `end` is not. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** The bytes of one part as they come, or all at once. */
export type PartSource = Uint8Array | AsyncIterable<Uint8Array>;

export interface PutPart {
  readonly key: BlobKey;
  /** From 0 to `limits.maxBlobParts` - 1. */
  readonly index: number;
  readonly source: PartSource;
  /** The source must deliver exactly this many. */
  readonly bytes: number;
}

/** A stored object without its bytes. */
export interface BlobEntry {
  readonly key: BlobKey;
  /** Of the object's folder: when a part was last added or removed. Milliseconds since the Unix epoch. */
  readonly changedMs: number;
}

/**
 * Reads sealed bytes. All methods throw UnavailableError `blob/unavailable` when the storage fails.
 */
export interface BlobReader {
  /** Bytes of one part, or undefined when it is not there. MUST refuse a range outside the part (`blob/range`). */
  readPart(key: BlobKey, index: number, range?: ByteRange): Promise<Readable | undefined>;
  /** Stored parts by index; empty when there is none. A client resumes an upload from this list. */
  listParts(key: BlobKey): Promise<readonly BlobPart[]>;
  has(key: BlobKey, index: number): Promise<boolean>;
}

/**
 * Stores sealed bytes as parts that are written once.
 *
 * An implementer MUST make a part appear whole and durable or not at all, whatever is killed when, and MUST NOT replace
 * a part that is there.
 */
export interface BlobWriter {
  /**
   * Resolves when the part survives a power loss.
   * @throws RefusedError `blob/part-exists`, `blob/part-length` (the source was shorter or longer), UnavailableError
   * `blob/no-space`; an error of the source passes through. Nothing is stored in any of these cases.
   */
  putPart(part: PutPart): Promise<void>;
  /** Removes all parts; does nothing when there are none. A part that arrives meanwhile may stay. */
  delete(key: BlobKey): Promise<void>;
}

/** What the clean-up of orphans needs. */
export interface BlobInventory {
  /** Keys in order, after `after`, at most `limit`. */
  list(options: { readonly after?: BlobKey; readonly limit: number }): Promise<readonly BlobEntry[]>;
  /** Removes what interrupted uploads left behind before `beforeMs`. @returns how many were removed. */
  removeLeftovers(beforeMs: number): Promise<number>;
}

/** The port to sealed bytes. Ask for the part that is used: `Pick<BlobStore, 'readPart'>`. */
export interface BlobStore extends BlobReader, BlobWriter, BlobInventory {}
