/**
 * Where a device keeps what it must not lose. Everything given to it is sealed already; it sees names and sizes only.
 *
 * - `write` MUST replace whole or not at all, also under a crash, and MUST be durable when it resolves.
 * - `append` MUST add one whole record durably; a record torn by a crash MUST NOT be read back.
 * - `exclusive` MUST let one caller of all processes in at a time, and MUST let the next one in when its holder died.
 * - All MUST reject with UnavailableError `client/storage` when the storage fails.
 *
 * Names are 1 to 80 characters of `a-z`, `0-9`, `-`.
 */
export interface StateStore {
  read(name: string): Promise<Uint8Array | undefined>;
  write(name: string, bytes: Uint8Array): Promise<void>;
  append(name: string, record: Uint8Array): Promise<void>;
  /** Whole records in order; none for an absent name. */
  readRecords(name: string): Promise<readonly Uint8Array[]>;
  remove(name: string): Promise<void>;
  list(): Promise<readonly string[]>;
  /** @throws RefusedError `client/profile-busy` when another process does not let go. */
  exclusive<Result>(run: () => Promise<Result>): Promise<Result>;
}
