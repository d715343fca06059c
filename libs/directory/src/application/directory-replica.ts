import { applyEntry, DirectoryState, type DirectoryView, emptyDirectory } from '@rogatory/pki';
import { decodeDirectoryEntry, type LogHead } from '@rogatory/protocol';
import type { Database, JobPrincipal, Reader } from '@rogatory/platform-database';
import { storedLog } from '../domain/directory.errors.js';
import { type Touched, touchedBy } from '../domain/submission.js';
import type { DirectoryEntryReader } from './directory.store.js';

export interface ReplicaParts {
  readonly database: Pick<Database, 'read'>;
  readonly entries: Pick<DirectoryEntryReader, 'page'>;
  /** Hash of the first root file: the one thing taken on trust. */
  readonly pinnedRootHash: Uint8Array;
}

/** A state beyond the present one, with the entries between. */
export interface Extension {
  readonly state: DirectoryState;
  readonly added: readonly Uint8Array[];
}

/** Few enough that other work gets its turn between two pages: a page is checked in about 30 ms. */
const PAGE_ENTRIES = 64;
const principal: JobPrincipal = { kind: 'job', job: 'directory-replay' };

/**
 * The directory of this process: replayed from storage, verified entry by entry, advanced only by what is committed. What
 * storage says is believed as little as a stranger's submission.
 */
export class DirectoryReplica {
  readonly #parts: ReplicaParts;
  readonly #listeners = new Set<(touched: readonly Touched[]) => void>();
  #state: DirectoryState;
  #refreshing: Promise<void> | undefined;
  #isStale = false;

  constructor(parts: ReplicaParts) {
    this.#parts = parts;
    this.#state = emptyDirectory(parts.pinnedRootHash);
  }

  get history(): DirectoryState {
    return this.#state;
  }

  current(): DirectoryView {
    return this.#state.view;
  }

  at(size: number): DirectoryView {
    return this.#state.at(size);
  }

  isKnownHead(head: LogHead): boolean {
    return this.#state.knows(head);
  }

  onAdvance(listener: (touched: readonly Touched[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * The state with everything that this transaction sees. Changes nothing here: `adopt` it after the commit.
   * @throws InternalError `directory/stored-log` when storage does not replay.
   */
  async extended(reader: Reader): Promise<Extension> {
    let state = this.#state;
    const added: Uint8Array[] = [];
    for (;;) {
      const rows = await this.#parts.entries.page(reader, state.size, PAGE_ENTRIES);
      for (const { index, bytes } of rows) {
        if (index !== state.size) throw storedLog(state.size);
        state = replayed(state, bytes);
        added.push(bytes);
      }
      if (rows.length < PAGE_ENTRIES) return { state, added };
    }
  }

  /** Takes a committed extension over, and tells the listeners whom it touches; one that is behind changes nothing. */
  adopt({ state, added }: Extension): void {
    if (state.size <= this.#state.size) return;
    this.#state = state;
    const touched = added.flatMap((bytes) => touchedBy(decodeDirectoryEntry(bytes)) ?? []);
    for (const listener of this.#listeners) listener(touched);
  }

  /** Catches up with storage; calls that come meanwhile share the next turn. */
  async refresh(): Promise<void> {
    this.#isStale = true;
    this.#refreshing ??= this.#refreshAll().finally(() => {
      this.#refreshing = undefined;
    });
    await this.#refreshing;
  }

  async #refreshAll(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false;
      this.adopt(await this.#parts.database.read(principal, (reader) => this.extended(reader)));
    }
  }
}

function replayed(state: DirectoryState, bytes: Uint8Array): DirectoryState {
  try {
    return applyEntry(state, bytes);
  } catch (cause) {
    throw storedLog(state.size, cause);
  }
}
