import { equalBytes, isRogatoryError, limits } from '@rogatory/kernel';
import type { Log } from '@rogatory/platform-telemetry';
import type { SignedCheckpoint } from '@rogatory/tlog';
import type { DirectoryReplay } from './directory-replay.js';
import type { DirectorySource } from './directory-source.js';
import type { EntriesVerdict, EntryCheck } from './entry-check.js';

export interface DirectoryCheckParts {
  /** The directory that a log is; undefined for other logs, whose heads alone are checked. */
  readonly sourceOf: (origin: string) => Promise<DirectorySource | undefined>;
  readonly replayOf: (origin: string, source: DirectorySource) => Pick<DirectoryReplay, 'advance'>;
  readonly log: Log;
}

interface Followed {
  readonly source: DirectorySource;
  readonly replay: Pick<DirectoryReplay, 'advance'>;
  /** The replay under way. */
  running: Promise<EntriesVerdict> | undefined;
  /** Code of the last failure to read; undefined while all was read. */
  failing: string | undefined;
}

/**
 * Checks the entries of every log that is a directory. A replay that takes longer than its log waits goes on by itself,
 * and the next question finds it further on.
 */
export class DirectoryCheck implements EntryCheck {
  readonly #parts: DirectoryCheckParts;
  readonly #followed = new Map<string, Followed>();

  constructor(parts: DirectoryCheckParts) {
    this.#parts = parts;
  }

  async check(checkpoint: SignedCheckpoint): Promise<EntriesVerdict> {
    const source = await this.#parts.sourceOf(checkpoint.origin);
    if (source === undefined) return 'held';
    const followed = this.#of(checkpoint.origin, source);
    if (followed.running !== undefined) await within(followed.running);
    if (followed.running !== undefined) return 'unread';
    return within(this.#begin(followed, checkpoint));
  }

  /** Resolves when no replay is under way. */
  async settled(): Promise<void> {
    await Promise.allSettled(Array.from(this.#followed.values(), async ({ running }) => running));
  }

  #of(origin: string, source: DirectorySource): Followed {
    const known = this.#followed.get(origin);
    if (known !== undefined && isSame(known.source, source)) return known;
    const replay = this.#parts.replayOf(origin, source);
    const fresh: Followed = { source, replay, running: undefined, failing: undefined };
    this.#followed.set(origin, fresh);
    // Two of them would write into one folder.
    if (known?.running !== undefined) this.#watch(fresh, known.running);
    return fresh;
  }

  #begin(followed: Followed, checkpoint: SignedCheckpoint): Promise<EntriesVerdict> {
    const running = this.#advanced(followed, checkpoint);
    this.#watch(followed, running);
    return running;
  }

  #watch(followed: Followed, running: Promise<EntriesVerdict>): void {
    followed.running = running.finally(() => {
      followed.running = undefined;
    });
  }

  async #advanced(followed: Followed, checkpoint: SignedCheckpoint): Promise<EntriesVerdict> {
    const { origin, size } = checkpoint;
    try {
      const verdict = await followed.replay.advance(checkpoint);
      if (verdict === 'held' && followed.failing !== undefined) {
        followed.failing = undefined;
        this.#parts.log.info('witness/directory-read', { origin, size });
      }
      return verdict;
    } catch (error) {
      const code = codeOf(error);
      if (followed.failing !== code) this.#tell(error, { origin, size });
      followed.failing = code;
      return 'unread';
    }
  }

  /** That a server cannot be reached is its operator's affair; that the own folder cannot be written is ours. */
  #tell(error: unknown, place: { readonly origin: string; readonly size: number }): void {
    if (isRogatoryError(error)) this.#parts.log.warn('witness/directory-unread', { ...place, error });
    else this.#parts.log.error('witness/directory-failed', { ...place, error });
  }
}

function isSame(one: DirectorySource, other: DirectorySource): boolean {
  return one.url === other.url && equalBytes(one.federationHash, other.federationHash);
}

function codeOf(error: unknown): string {
  if (!isRogatoryError(error)) return 'internal';
  const { status } = error.details;
  return status === undefined ? error.code : `${error.code} ${String(status)}`;
}

/** The verdict, or `unread` when it takes too long. */
async function within(running: Promise<EntriesVerdict>): Promise<EntriesVerdict> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<EntriesVerdict>((resolve) => {
    timer = setTimeout(() => resolve('unread'), limits.witnessReplayWaitMs);
  });
  try {
    return await Promise.race([running, late]);
  } finally {
    clearTimeout(timer);
  }
}
