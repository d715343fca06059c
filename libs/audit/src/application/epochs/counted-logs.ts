import { limits } from '@rogatory/kernel';
import type { EpochSubject } from '@rogatory/protocol';
import type { LogReader } from '../log/log-reader.js';
import type { EpochAtHand, Epochs } from './epochs.js';
import type { EpochStore } from './epoch.store.js';

/** A log with the epochs that count it. */
export interface CountedLog {
  readonly store: Pick<EpochStore, 'list' | 'record'>;
  readonly epochs: Pick<Epochs, 'fresh' | 'last'>;
  readonly log: Pick<LogReader, 'proof' | 'hasWitnesses'>;
  /** That nothing is counted in it any more: its last epoch is its last word. */
  readonly isOver: boolean;
}

/** The logs of a server by name. Of those that ended one is held at a time: its map may be large, and is seldom asked for. */
export class CountedLogs {
  readonly #current: CountedLog;
  readonly #open: (shard: string) => CountedLog;
  #held: { readonly shard: string; readonly log: CountedLog } | undefined;

  /** @param open of a log that ended. */
  constructor(
    readonly shard: string,
    current: CountedLog,
    open: (shard: string) => CountedLog,
  ) {
    this.#current = current;
    this.#open = open;
  }

  /** @param shard of a log of this server. */
  of(shard: string): CountedLog {
    if (shard === this.shard) return this.#current;
    if (this.#held?.shard !== shard) this.#held = { shard, log: this.#open(shard) };
    return this.#held.log;
  }
}

/** The epoch that answers a question on these subjects: of a log that goes on a young one that has them all. */
export function epochFor(
  { epochs, isOver }: CountedLog,
  subjects: readonly EpochSubject[],
): Promise<EpochAtHand | undefined> {
  return isOver ? epochs.last() : epochs.fresh(subjects, limits.minEpochGapMs);
}
