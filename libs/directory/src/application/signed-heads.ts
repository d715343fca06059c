import { type Clock, limits } from '@rogatory/kernel';
import type { LogReader, StoredCheckpoint } from '@rogatory/audit';
import type { DirectoryState } from '@rogatory/pki';
import type { Reader } from '@rogatory/platform-database';
import { noHead } from '../domain/directory.errors.js';
import type { SignedDirectoryHead } from './directory-reader.js';
import type { DirectoryReplica } from './directory-replica.js';

export interface SignedHeadsParts {
  readonly log: Pick<LogReader, 'checkpoint' | 'published' | 'log'>;
  readonly replica: Pick<DirectoryReplica, 'refresh' | 'extended' | 'history'>;
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
    const stored = await this.#parts.log.checkpoint();
    if (stored !== undefined && stored.size > this.#parts.replica.history.size) await this.#parts.replica.refresh();
    return this.#signed(stored, this.#parts.replica.history);
  }

  /** The same inside a transaction. */
  async newestIn(reader: Reader): Promise<SignedDirectoryHead> {
    const stored = await this.#parts.log.log.tree.checkpoint(reader);
    const { history } = this.#parts.replica;
    // Another server may have appended and signed what this one has not taken over yet.
    const isBehind = stored !== undefined && stored.size > history.size;
    return this.#signed(stored, isBehind ? (await this.#parts.replica.extended(reader)).state : history);
  }

  /** The head that a quorum of the witnesses cosigned last, as a note; undefined before the first. */
  async witnessedIn(reader: Reader): Promise<string | undefined> {
    const stored = await this.#parts.log.log.tree.witnessed(reader);
    return stored && new TextDecoder().decode(stored.note);
  }

  /**
   * A signed head of at least this size; the newest there is when none comes within `limits.gateTimeoutMs`. Entries stand
   * as soon as they are committed: the signature only lets others prove it.
   * @param strength `published` waits for the witnesses too, where there are some: clients believe nothing before.
   */
  async covering(size: number, strength: 'signed' | 'published' = 'published'): Promise<SignedDirectoryHead> {
    const { clock, wake } = this.#parts;
    const untilMs = clock.monotonicMs() + limits.gateTimeoutMs;
    for (;;) {
      const { log } = this.#parts;
      const signed = await (strength === 'signed' ? log.checkpoint() : log.published());
      if ((signed?.size ?? 0) >= size || clock.monotonicMs() >= untilMs) return this.newest();
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

  #signed(stored: StoredCheckpoint | undefined, history: DirectoryState): SignedDirectoryHead {
    if (stored === undefined || stored.size === 0 || stored.size > history.size) throw noHead();
    const { size, root } = history.at(stored.size).head;
    const checkpoint = new TextDecoder().decode(stored.note);
    return { size, root, checkpoint, timeMs: this.#parts.clock.nowMs() };
  }
}
