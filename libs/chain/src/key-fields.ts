import { isZeroHash } from './hashes.js';
import { type Link, sizes } from '@rogatory/protocol';
import type { ChainState } from './chain-state.js';
import { demand } from './chain.errors.js';
import type { LinkRule } from './link-rules.js';

/** One sealed key: nonce, commitment, key, tag. */
export const ARCHIVE_BYTES = sizes.nonce + sizes.commitment + sizes.key + sizes.tag;

/** Who may set a barrier, and how far back the author could read. */
export interface KeyAuthor {
  readonly isLead: boolean;
  readonly couldOpen: (epoch: number) => boolean;
}

/**
 * SPEC: chains 5.1 — epoch, base epoch, barrier, commitments, archive and box root fit the type and each other.
 * @throws VerificationError `chain/epoch`, `chain/barrier`, `chain/commitments`, `chain/archive`, `chain/boxes`.
 */
export function checkKeyFields(state: ChainState, link: Link, rule: LinkRule, author: KeyAuthor): void {
  const startsEpoch = link.epoch === state.epoch + 1;
  const mayBe = startsEpoch ? rule.epoch !== 'same' : rule.epoch !== 'next' && link.epoch === state.epoch;
  demand(mayBe, 'chain/epoch', 'not the epoch that a link of its type has here');
  checkBarrier(link, rule, startsEpoch && author.isLead);
  const hasBoxes = startsEpoch || rule.boxesInSameEpoch !== 'none';
  demand(hasBoxes !== isZeroHash(link.boxRoot), 'chain/boxes', 'boxes where none belong, or none where they do');
  const hasKey = !isZeroHash(link.keyCommit) && !isZeroHash(link.readCommit);
  const hasNoKey = isZeroHash(link.keyCommit) && isZeroHash(link.readCommit);
  demand(startsEpoch ? hasKey : hasNoKey, 'chain/commitments', 'key commitments do not fit');
  if (!startsEpoch) {
    demand(link.baseEpoch === link.epoch, 'chain/epoch', 'a base epoch where no epoch begins');
    demand(link.archive.length === 0, 'chain/archive', 'an archive where no epoch begins');
    return;
  }
  const isKnownBase = link.baseEpoch <= state.epoch && (link.baseEpoch === 0 || author.couldOpen(link.baseEpoch));
  demand(isKnownBase, 'chain/epoch', 'a base epoch that the author could not open');
  const segmentStart = link.isBarrier ? link.epoch : state.segmentStart;
  const length = link.baseEpoch < segmentStart ? 0 : ARCHIVE_BYTES;
  demand(link.archive.length === length, 'chain/archive', 'an archive where none belongs, or none where it does');
}

function checkBarrier(link: Link, rule: LinkRule, isLeadsEpoch: boolean): void {
  // For an admission the grant decides (`admission-rules.ts`), and only leads admit.
  const mayBe = rule.barrier === 'never' ? !link.isBarrier : !link.isBarrier || isLeadsEpoch;
  demand(mayBe, 'chain/barrier', 'a barrier that is not due, or not by a lead');
}
