import type { SignedCheckpoint } from '@rogatory/tlog';

/**
 * What the entries under a head are worth: `held` when each of them keeps the rules, `broken` when one of them does not, or
 * when the log signed something else before, `unread` as long as they could not be read, or do not hash to the head.
 */
export type EntriesVerdict = 'held' | 'broken' | 'unread';

/** What a witness asks of the entries of a log before it vouches for a head of it. */
export interface EntryCheck {
  /** Answers until then, by the time that only goes forward (`Clock.monotonicMs`). MUST answer `held` for every log whose entries are nobody's concern. */
  check(checkpoint: SignedCheckpoint, untilMs: number): Promise<EntriesVerdict>;
}
