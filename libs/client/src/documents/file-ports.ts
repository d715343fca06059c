import type { SourceMark } from '@rogatory/e2ee';

/** A file to be uploaded. */
export interface FileSource {
  /** Without a path; what members see. */
  readonly name: string;
  /** Names the source on this device, such as a path: an interrupted upload is found again by it. */
  readonly place: string;
  /** Size and time as they are now. */
  mark(): Promise<SourceMark>;
  /** Exactly the bytes from `offset` that fill `into`, which it gives back. MUST reject when there are fewer. */
  read(offset: number, into: Uint8Array): Promise<Uint8Array>;
  close(): Promise<void>;
}

/**
 * Where a download goes. Nothing stands under its final name before `commit`; what was written before a crash is found
 * again by `size`.
 */
export interface FileTarget {
  /** Bytes written so far, by this or an interrupted download. */
  size(): Promise<number>;
  /** As `FileSource.read`. */
  read(offset: number, into: Uint8Array): Promise<Uint8Array>;
  write(offset: number, bytes: Uint8Array): Promise<void>;
  /** Cuts what was written to this length. */
  truncate(length: number): Promise<void>;
  /** Gives the whole file its final name, durably. */
  commit(): Promise<void>;
  /** Removes what was written. */
  discard(): Promise<void>;
  /** Keeps what was written for a later resume. */
  close(): Promise<void>;
}

export interface Progress {
  readonly doneBytes: number;
  readonly totalBytes: number;
}

export type OnProgress = (progress: Progress) => void;

/** A source in memory. */
export function bytesSource(name: string, bytes: Uint8Array): FileSource {
  return {
    name,
    place: `memory:${name}`,
    mark: async () => ({ size: bytes.length, modifiedMs: 0 }),
    read: async (offset, into) => {
      into.set(bytes.subarray(offset, offset + into.length));
      return into;
    },
    close: async () => undefined,
  };
}

/** A target in memory; `bytes` is set by `commit`. */
export class BytesTarget implements FileTarget {
  #written = new Uint8Array(0);
  #isWhole = false;

  /** The whole file; undefined before `commit`. */
  get bytes(): Uint8Array | undefined {
    return this.#isWhole ? this.#written : undefined;
  }

  async size(): Promise<number> {
    return this.#written.length;
  }

  async read(offset: number, into: Uint8Array): Promise<Uint8Array> {
    into.set(this.#written.subarray(offset, offset + into.length));
    return into;
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    const next = new Uint8Array(Math.max(this.#written.length, offset + bytes.length));
    next.set(this.#written);
    next.set(bytes, offset);
    this.#written = next;
  }

  async truncate(length: number): Promise<void> {
    this.#written = this.#written.slice(0, length);
  }

  async commit(): Promise<void> {
    this.#isWhole = true;
  }

  async discard(): Promise<void> {
    this.#written = new Uint8Array(0);
  }

  async close(): Promise<void> {
    return undefined;
  }
}
