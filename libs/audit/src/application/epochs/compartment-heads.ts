import { type CompartmentId, equalBytes } from '@rogatory/kernel';
import { epochHeadsDigest } from '@rogatory/crypto/verify';
import { type EpochEntry, epochSubjectKinds } from '@rogatory/protocol';
import type { Reader } from '@rogatory/platform-database';
import { subjectKey } from './epoch-counting.js';

/** Where a compartment stands. */
export interface CompartmentHeads {
  readonly compartmentId: CompartmentId;
  /** Links of its chain. */
  readonly links: number;
  readonly linkHash: Uint8Array;
  /** Links and items of its content log. */
  readonly contentSize: number;
  readonly contentRoot: Uint8Array;
}

/** The compartments of a server, for whoever commits to their heads; implemented where compartments belong. */
export interface AnchoredCompartments {
  /**
   * The heads of all compartments, at most `limit`. MUST be those that the transaction of `reader` sees, each of one moment, and MUST
   * leave none out: what an epoch says of a compartment must never be behind what a member was shown before it.
   */
  heads(reader: Reader, limit: number): Promise<readonly CompartmentHeads[]>;
}

/** What an epoch says of a compartment. SPEC: review 2.1 */
export function headsEntry(heads: CompartmentHeads): EpochEntry {
  const { compartmentId, links, linkHash, contentSize, contentRoot } = heads;
  return {
    subject: { kind: epochSubjectKinds.compartment, compartmentId },
    ...{ count: links, lastIndex: contentSize - 1, digest: epochHeadsDigest(linkHash, contentRoot) },
  };
}

/** What an epoch is made of: the counts, with the compartments as they stand now, and which of these moved since the last one. */
export function withHeads(
  counted: readonly EpochEntry[],
  heads: readonly CompartmentHeads[],
): { readonly entries: readonly EpochEntry[]; readonly moved: readonly EpochEntry[] } {
  const entries = new Map(counted.map((entry) => [subjectKey(entry.subject), entry]));
  const moved: EpochEntry[] = [];
  for (const entry of heads.map(headsEntry)) {
    const key = subjectKey(entry.subject);
    if (isSame(entries.get(key), entry)) continue;
    entries.set(key, entry);
    moved.push(entry);
  }
  return { entries: [...entries.values()], moved };
}

function isSame(a: EpochEntry | undefined, b: EpochEntry): boolean {
  return a?.count === b.count && a.lastIndex === b.lastIndex && equalBytes(a.digest, b.digest);
}
