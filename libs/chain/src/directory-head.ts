import { equalBytes, limits } from '@rogatory/kernel';
import type { DirectoryHead } from '@rogatory/protocol';
import { demand, refusal } from './chain.errors.js';
import type { DirectoryLookup } from './directory-lookup.js';
import type { ChainFacts } from './facts.js';

/**
 * The directory as of the head that an object cites, once that head is found to be one of ours and not older than what
 * was cited before.
 * @throws VerificationError `chain/directory-head`; RefusedError `chain/directory-behind` when the head is newer than
 * the directory known here.
 */
export function viewOf(facts: ChainFacts, head: DirectoryHead, newest: DirectoryHead | undefined): DirectoryLookup {
  // SPEC: chains 7 — dirHead never goes back
  const goesBack = newest !== undefined && (head.size < newest.size || head.timeMs < newest.timeMs);
  demand(!goesBack && head.size > 0, 'chain/directory-head', 'cites an older directory than was cited before');
  checkHeadTime(facts, head);
  if (head.size > facts.directory.size) throw refusal('chain/directory-behind', { size: head.size });
  const view = facts.directory.at(head.size);
  const isOurs = equalBytes(view.head.root, head.root) && (facts.isKnownHead?.(head) ?? true);
  demand(isOurs, 'chain/directory-head', 'cites a directory that is not ours');
  return view;
}

/**
 * SPEC: chains 7 — the head's time is at most 20 minutes old on receipt, and not ahead of the receiver's clock: since it
 * never goes back, a member could else keep everybody's next link out until that time has come.
 */
function checkHeadTime({ reception }: ChainFacts, head: DirectoryHead): void {
  if (reception === undefined) return;
  const ageMs = reception.receivedAtMs - head.timeMs;
  const isFresh = ageMs <= limits.maxDirHeadAgeMs && ageMs >= -limits.maxClockSkewMs;
  demand(isFresh, 'chain/directory-head', 'cites a directory head that is not of now');
}
