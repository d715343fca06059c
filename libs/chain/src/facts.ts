import type { ProvenSignatures } from '@rogatory/crypto/verify';
import type { DirectoryHead } from '@rogatory/protocol';
import type { ChainState } from './chain-state.js';
import type { DirectoryHistory } from './directory-lookup.js';

/**
 * Present when an object is being accepted now and not replayed: the verifier then also demands what only the moment
 * can show. Server and author use the same one.
 */
export interface Reception {
  /** The receiver's clock, UTC milliseconds. */
  readonly receivedAtMs: number;
}

/** What the verifier of a chain knows beside the chain. */
export interface ChainFacts {
  readonly directory: DirectoryHistory;
  /** Whether a checkpoint with this head and time was seen; where absent, size and root alone are compared. */
  readonly isKnownHead?: (head: DirectoryHead) => boolean;
  /** The case's root chain; MUST be given for a compartment's links and items. */
  readonly root?: ChainState;
  readonly reception?: Reception;
  /** Signatures that were checked beforehand, to save the time; where absent, each is checked when it is met. */
  readonly proven?: ProvenSignatures;
}

export interface LinkFacts extends ChainFacts {
  /** The encoded signed complaint of this hash, for links that cite one as their cause. */
  readonly complaint?: (hash: Uint8Array) => Uint8Array | undefined;
}

export interface ItemFacts extends ChainFacts {
  /** Whether the content log ever had this head; where absent, the heads at its links and its end alone are compared. */
  readonly hadContentHead?: (size: number, root: Uint8Array) => boolean;
}
