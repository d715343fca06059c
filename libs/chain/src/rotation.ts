import { limits } from '@rogatory/kernel';
import { type ChainState, currentEpoch } from './chain-state.js';
import type { DirectoryHistory, DirectoryLookup } from './directory-lookup.js';
import { endedDevices, isMemberLive } from './liveness.js';

/** Why the newest epoch's key must not be used any more. */
export type RotationReason = 'leaving' | 'removed-from-case' | 'device-ended' | 'epoch-age' | 'epoch-items';

export interface RotationMoment {
  readonly directory: DirectoryHistory;
  /** The newest directory view to judge by, and the time of its head. */
  readonly view: DirectoryLookup;
  readonly atMs: number;
}

/**
 * SPEC: chains 8 — why a new epoch must begin before anything is written; any member may then rotate. Empty when the key
 * is good. Costs O(members) once per directory head and certificate end, else nothing.
 */
export function rotationReasons(state: ChainState, moment: RotationMoment): RotationReason[] {
  const reasons: RotationReason[] = [];
  if (state.leaving.size > 0) reasons.push('leaving');
  if (state.lagging.size > 0) reasons.push('removed-from-case');
  if (holdsKeyOfEnded(state, moment)) reasons.push('device-ended');
  const ageMs = moment.atMs - currentEpoch(state).directoryHead.timeMs;
  if (ageMs > state.policy.rotateAfterMs) reasons.push('epoch-age');
  if (state.content.itemsInEpoch >= limits.epochRotateAfterItems) reasons.push('epoch-items');
  return reasons;
}

/** Whether a device that was revoked, suspended or has expired holds the newest epoch's key. */
function holdsKeyOfEnded(state: ChainState, { directory, view, atMs }: RotationMoment): boolean {
  const ended = endedDevices(state.members, view, atMs);
  if (ended.length === 0) return false;
  const epoch = currentEpoch(state);
  const start = directory.at(epoch.directoryHead.size);
  return ended.some((device) => {
    if (state.keyedSince.has(device)) return true;
    const member = epoch.members.device(device);
    return member !== undefined && isMemberLive(member, start, epoch.directoryHead.timeMs);
  });
}
