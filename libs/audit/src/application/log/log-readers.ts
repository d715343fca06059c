import type { LogReader } from './log-reader.js';

/** The audit logs of a server: the one that takes records, and those before it, which stay readable. */
export class LogReaders {
  readonly current: LogReader;
  readonly #byShard: ReadonlyMap<string, LogReader>;

  /** @param past the logs before the current one, the earliest first. */
  constructor(current: LogReader, past: readonly LogReader[]) {
    this.current = current;
    this.#byShard = new Map([...past, current].map((reader) => [shardNameOf(reader.log.origin), reader]));
  }

  /** Undefined for a name that is none of a log of this server. */
  of(shard: string): LogReader | undefined {
    return this.#byShard.get(shard);
  }

  /** The earliest first; the current one last. */
  all(): readonly LogReader[] {
    return [...this.#byShard.values()];
  }
}

/** Name of a log within its server: what follows the last slash of its origin. */
export function shardNameOf(origin: string): string {
  return origin.slice(origin.lastIndexOf('/') + 1);
}
