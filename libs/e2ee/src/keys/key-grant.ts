import type { EpochInterval } from '@rogatory/chain';
import { type KeyEntry, keyKinds } from '@rogatory/protocol';
import { type EpochBook, type EpochKeyring, reachableBase } from './epoch-keyring.js';

/** The epochs that a person was granted by the leads' decisions, as the chain states them. */
export type EpochGrant = readonly EpochInterval[];

export function isGranted(grant: EpochGrant, epoch: number): boolean {
  return grant.some(({ from, to }) => epoch >= from && (to === undefined || epoch <= to));
}

/** What K of an epoch gives beyond it, and whether all of that is granted. */
interface Reach {
  readonly base: number | undefined;
  readonly isWhollyGranted: boolean;
}

function reaches(grant: EpochGrant, keyring: EpochKeyring, book: EpochBook): Map<number, Reach> {
  const found = new Map<number, Reach>();
  // A base lies below its epoch, so one ascending pass opens every archive once.
  for (const epoch of keyring.readableEpochs()) {
    const record = book.epoch(epoch);
    if (record === undefined || !keyring.holdsChainKey(epoch)) continue;
    const base = reachableBase(record, keyring, book)?.epoch;
    const isBaseGranted = base === undefined || found.get(base)?.isWhollyGranted === true;
    found.set(epoch, { base, isWhollyGranted: isBaseGranted && isGranted(grant, epoch) });
  }
  return found;
}

export interface EntriesQuestion {
  /** Everything that the recipient may read. */
  readonly grant: EpochGrant;
  /** The epochs asked for; all of the grant where absent. */
  readonly needed?: ReadonlySet<number>;
  readonly keyring: EpochKeyring;
  readonly book: EpochBook;
}

/**
 * The fewest keys that give what is needed and nothing that is not granted, as far as the author can open it: newest
 * first, so that the first entry is the current K where the author holds it.
 * SPEC: keys 5: an epoch is given by K when everything that K reaches is granted, else by R.
 */
export function entriesFor({ grant, needed, keyring, book }: EntriesQuestion): KeyEntry[] {
  const entries: KeyEntry[] = [];
  const covered = new Set<number>();
  const reach = reaches(grant, keyring, book);
  for (const epoch of keyring.readableEpochs().reverse()) {
    const record = book.epoch(epoch);
    const isAsked = isGranted(grant, epoch) && (needed?.has(epoch) ?? true);
    if (record === undefined || covered.has(epoch) || !isAsked) continue;
    const givesChain = reach.get(epoch)?.isWhollyGranted === true;
    entries.push(keyring.entry(givesChain ? keyKinds.chain : keyKinds.read, record));
    if (!givesChain) continue;
    for (let at: number | undefined = epoch; at !== undefined; at = reach.get(at)?.base) covered.add(at);
  }
  return entries;
}

/** Granted epochs that the author cannot open, and so cannot give. */
export function ungivenEpochs({ grant, needed, keyring, book }: EntriesQuestion): number[] {
  const missing: number[] = [];
  for (const { from, to } of grant) {
    for (let epoch = from; epoch <= (to ?? book.newestEpoch); epoch++) {
      if (!keyring.canRead(epoch) && (needed?.has(epoch) ?? true)) missing.push(epoch);
    }
  }
  return missing;
}
