import type { Frontier } from '@rogatory/tlog';

/** The last head whose entries were replayed. */
export interface ReplayedHead {
  /** What the replay began with. */
  readonly federationHash: Uint8Array;
  readonly frontier: Frontier;
  /** The signed checkpoint that the entries hash to. */
  readonly note: Uint8Array;
}

/**
 * A witness's own copy of one directory log: what it has replayed, so that only what is new is fetched and judged. Bundles
 * may hold more than the head says; the head counts.
 */
export interface DirectoryCopy {
  /** Undefined when there is none, or it cannot be read: then everything is fetched anew. */
  head(): Promise<ReplayedHead | undefined>;
  /** MUST be durable when it resolves, whole or not at all. Called when the bundles below it are. */
  saveHead(head: ReplayedHead): Promise<void>;
  /** The entries that were saved at this index; undefined when there are none. @throws CodecError when they are damaged. */
  bundle(index: number): Promise<readonly Uint8Array[] | undefined>;
  /** MUST be durable when it resolves, whole or not at all. */
  saveBundle(index: number, entries: readonly Uint8Array[]): Promise<void>;
}
