import { limits } from '@rogatory/kernel';
import type { Member } from '@rogatory/protocol';
import { demand } from './chain.errors.js';
import type { ChainFacts } from './facts.js';
import { isMemberLive } from './liveness.js';

/** SPEC: chains 7 — when a link is accepted, its author's clock is within 20 minutes of the receiver's. */
export function checkReceivedTime({ reception }: ChainFacts, timeMs: number): void {
  if (reception === undefined) return;
  const isNear = Math.abs(reception.receivedAtMs - timeMs) <= limits.maxDirHeadAgeMs;
  demand(isNear, 'chain/time', "the author's clock is too far from the receiver's");
}

/** SPEC: chains 7 — when an object is accepted, its author is live by the newest directory known here. */
export function checkLiveNow({ reception, directory }: ChainFacts, author: Member): void {
  if (reception === undefined) return;
  const isLive = isMemberLive(author, directory.at(directory.size), reception.receivedAtMs);
  demand(isLive, 'chain/not-live', 'the author was revoked, suspended or has expired');
}
