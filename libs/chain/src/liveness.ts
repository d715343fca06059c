import { type DeviceId, equalBytes } from '@rogatory/kernel';
import type { Member } from '@rogatory/protocol';
import type { DirectoryLookup } from './directory-lookup.js';
import type { MemberSet } from './member-set.js';

interface Finding {
  readonly root: Uint8Array;
  /** Nothing but another directory entry changes the answer from here on, */
  readonly fromMs: number;
  /** and before this time. */
  readonly untilMs: number;
  readonly ended: readonly DeviceId[];
}

/** An item is judged by the head that it cites and by the newest: senders cite a few heads at a time, not one each. */
const FINDINGS_PER_SET = 4;

// The answer for a set and a directory head holds until the next certificate ends: found once, not once per item.
const findings = new WeakMap<MemberSet, readonly Finding[]>();

/** Whether a member device may act or get keys: neither its membership nor its certificates ended, nothing revoked. */
export function isMemberLive(member: Member, view: DirectoryLookup, atMs: number): boolean {
  return atMs < member.notAfterMs && view.isDeviceLive(member.deviceId, atMs);
}

/** Member devices that may not act or get keys at the time, in order of their ids. */
export function endedDevices(members: MemberSet, view: DirectoryLookup, atMs: number): readonly DeviceId[] {
  const { root } = view.head;
  const known = findings.get(members) ?? [];
  const fits = known.find(({ root: at, fromMs, untilMs }) => atMs >= fromMs && atMs < untilMs && equalBytes(root, at));
  if (fits !== undefined) return fits.ended;
  const found = findEnded(members, view, atMs);
  findings.set(members, [found, ...known].slice(0, FINDINGS_PER_SET));
  return found.ended;
}

function findEnded(members: MemberSet, view: DirectoryLookup, atMs: number): Finding {
  let fromMs = Number.NEGATIVE_INFINITY;
  let untilMs = Number.POSITIVE_INFINITY;
  const ended: DeviceId[] = [];
  for (const member of members.devices.values()) {
    if (!isMemberLive(member, view, atMs)) ended.push(member.deviceId);
    for (const turnMs of turnsOf(member, view)) {
      if (turnMs > atMs) untilMs = Math.min(untilMs, turnMs);
      else fromMs = Math.max(fromMs, turnMs);
    }
  }
  return { root: view.head.root, fromMs, untilMs, ended };
}

/** The times at which a member's liveness can change by itself. */
function turnsOf(member: Member, view: DirectoryLookup): number[] {
  const device = view.device(member.deviceId)?.certificate;
  const person = view.person(member.personId)?.certificate;
  const periods = [device, person].flatMap((period) => (period ? [period.notBeforeMs, period.notAfterMs] : []));
  return [member.notAfterMs, ...periods];
}
