import { type Clock, equalBytes, isRogatoryError } from '@rogatory/kernel';
import type { Log } from '@rogatory/platform-telemetry';
import type { SignedCheckpoint } from '@rogatory/tlog';
import type { DirectoryReplay } from './directory-replay.js';
import { type DirectorySource, isDirectoryOrigin } from './directory-source.js';
import type { EntriesVerdict, EntryCheck } from './entry-check.js';
import { SparingLog } from './sparing-log.js';

export interface DirectoryCheckParts {
  /** The directory that a log is; undefined for other logs, whose heads alone are checked. */
  readonly sourceOf: (origin: string) => Promise<DirectorySource | undefined>;
  readonly replayOf: (origin: string, source: DirectorySource) => Pick<DirectoryReplay, 'advance'>;
  readonly log: Log;
  readonly clock: Pick<Clock, 'monotonicMs'>;
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
  /** Whoever gives the entries decides how often reading them fails. */
  readonly #told: SparingLog;

  constructor(parts: DirectoryCheckParts) {
    this.#parts = parts;
    this.#told = new SparingLog(parts.log, parts.clock);
  }

  async check(checkpoint: SignedCheckpoint, untilMs: number): Promise<EntriesVerdict> {
    const source = await this.#parts.sourceOf(checkpoint.origin);
    // Whether the list named it a moment ago or never: what is a directory by name is vouched for by replay alone.
    if (source === undefined) return isDirectoryOrigin(checkpoint.origin) ? 'unread' : 'held';
    const followed = this.#of(checkpoint.origin, source);
    if (followed.running !== undefined) await this.#within(untilMs, followed.running);
    if (followed.running !== undefined) return 'unread';
    return this.#within(untilMs, this.#begin(followed, checkpoint));
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
        this.#tell('witness/directory-read', { origin, size });
      }
      return verdict;
    } catch (error) {
      const code = codeOf(error);
      if (followed.failing !== code) this.#tell(kindOf(error), { origin, size, error });
      followed.failing = code;
      return 'unread';
    }
  }

  /** The verdict, or `unread` when it takes longer than that. */
  async #within(untilMs: number, running: Promise<EntriesVerdict>): Promise<EntriesVerdict> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<EntriesVerdict>((resolve) => {
      timer = setTimeout(() => resolve('unread'), Math.max(0, untilMs - this.#parts.clock.monotonicMs()));
    });
    try {
      return await Promise.race([running, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #tell(kind: keyof typeof levels, told: { readonly origin: string; readonly size: number; readonly error?: unknown }) {
    this.#told.tell(levels[kind], kind, told);
  }
}

const levels = {
  'witness/directory-read': 'info',
  'witness/directory-unread': 'warn',
  'witness/directory-failed': 'error',
} as const;

/** That a server cannot be reached is its operator's affair; that the own folder cannot be written is ours. */
function kindOf(error: unknown): keyof typeof levels {
  return isRogatoryError(error) ? 'witness/directory-unread' : 'witness/directory-failed';
}

function isSame(one: DirectorySource, other: DirectorySource): boolean {
  return one.url === other.url && equalBytes(one.federationHash, other.federationHash);
}

function codeOf(error: unknown): string {
  if (!isRogatoryError(error)) return 'internal';
  const { status } = error.details;
  return status === undefined ? error.code : `${error.code} ${String(status)}`;
}
