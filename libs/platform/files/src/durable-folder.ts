import { closeSync, constants, fdatasync, fsync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const syncData = promisify(fdatasync);
const syncAll = promisify(fsync);
type SyncAll = (handle: number) => Promise<void>;

/**
 * A folder of small files that are replaced all the time, each whole or not at all and durably, readable by their owner
 * alone. Replacements at the same time wait for the folder together: one sync makes every rename before it durable.
 */
export class DurableFolder {
  readonly #path: string;
  readonly #handle: number;
  readonly #syncAll: SyncAll;
  /** The sync under way, which may have begun before a rename. */
  #running: Promise<void> | undefined;
  /** The one after it, for all who came meanwhile. */
  #next: Promise<void> | undefined;

  private constructor(path: string, handle: number, all: SyncAll) {
    this.#path = path;
    this.#handle = handle;
    this.#syncAll = all;
  }

  /** Makes the folder when there is none. @param all makes durable what was renamed in the folder of a handle. */
  static open(path: string, all: SyncAll = syncAll): DurableFolder {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return new DurableFolder(path, openSync(path, constants.O_RDONLY), all);
  }

  /**
   * Durable when it resolves; when it rejects, the old content stands or the new one does. One call for a name at a time, and
   * one process: callers hold the lock of the folder.
   */
  async replace(name: string, bytes: Uint8Array): Promise<void> {
    const path = join(this.#path, name);
    const draft = `${path}.new`;
    // Only the syncs wait for a disk. The rest is a few microseconds each in memory, less than a thread costs to ask.
    const file = openSync(draft, constants.O_CREAT | constants.O_TRUNC | constants.O_WRONLY, 0o600);
    try {
      writeWhole(file, bytes);
      await syncData(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, path);
    await this.#synced();
  }

  /** After this nothing can be replaced. */
  close(): void {
    closeSync(this.#handle);
  }

  /** Resolves after a sync that began after the call. */
  #synced(): Promise<void> {
    if (this.#running === undefined) return this.#sync();
    this.#next ??= this.#running.then(
      () => this.#sync(),
      () => this.#sync(),
    );
    return this.#next;
  }

  #sync(): Promise<void> {
    this.#next = undefined;
    const running = this.#syncAll(this.#handle).finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    this.#running = running;
    return running;
  }
}

function writeWhole(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}
