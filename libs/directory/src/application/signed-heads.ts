import { type Clock, limits } from '@rogatory/kernel';
import type { LogReader, StoredCheckpoint } from '@rogatory/audit';
import type { Reader } from '@rogatory/platform-database';
import { noHead } from '../domain/directory.errors.js';
import type { SignedDirectoryHead } from './directory-reader.js';
import type { DirectoryReplica } from './directory-replica.js';

export interface SignedHeadsParts {
  readonly log: Pick<LogReader, 'checkpoint' | 'log'>;
  readonly replica: Pick<DirectoryReplica, 'refresh' | 'at' | 'history'>;
  readonly clock: Clock;
  /** Asks for a signature now. */
  readonly wake: () => void;
}

/** The newest signed head of the directory, and the wait for one that covers what was just appended. */
export class SignedHeads {
  readonly #parts: SignedHeadsParts;
  readonly #waiting = new Set<() => void>();

  constructor(parts: SignedHeadsParts) {
    this.#parts = parts;
  }

  /** @throws UnavailableError `directory/no-head`. */
  async newest(): Promise<SignedDirectoryHead> {
    return this.#signed(await this.#parts.log.checkpoint());
  }

  /** The same inside a transaction. */
  async newestIn(reader: Reader): Promise<SignedDirectoryHead> {
    return this.#signed(await this.#parts.log.log.tree.checkpoint(reader));
  }

  /**
   * A signed head of at least this size; the newest there is when none comes within `limits.gateTimeoutMs`. Entries stand
   * as soon as they are committed: the signature only lets others prove it.
   */
  async covering(size: number): Promise<SignedDirectoryHead> {
    const { clock, wake } = this.#parts;
    const untilMs = clock.monotonicMs() + limits.gateTimeoutMs;
    for (;;) {
      const signed = await this.#parts.log.checkpoint();
      if ((signed?.size ?? 0) >= size || clock.monotonicMs() >= untilMs) return this.#signed(signed);
      wake();
      await this.#nextSignature();
    }
  }

  /** A head was signed. */
  notifySigned(): void {
    for (const open of this.#waiting) open();
  }

  /** Another server may be the one that signs, so nobody waits for a call alone. */
  #nextSignature(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => open(), limits.gatePollMs);
      const open = () => {
        clearTimeout(timer);
        this.#waiting.delete(open);
        resolve();
      };
      this.#waiting.add(open);
    });
  }

  async #signed(stored: StoredCheckpoint | undefined): Promise<SignedDirectoryHead> {
    const { replica, clock } = this.#parts;
    if (stored === undefined || stored.size === 0) throw noHead();
    if (stored.size > replica.history.size) throw noHead();
    const { size, root } = replica.at(stored.size).head;
    return { size, root, checkpoint: new TextDecoder().decode(stored.note), timeMs: clock.nowMs() };
  }
}
