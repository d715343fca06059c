import { type DeviceId, equalBytes } from '@rogatory/kernel';
import type { Member } from '@rogatory/protocol';
import type { DirectoryLookup } from './directory-lookup.js';
import type { MemberSet } from './member-set.js';

interface Finding {
  readonly root: Uint8Array;
  readonly fromMs: number;
  /** Nothing but a new directory entry changes the answer before this time. */
  readonly untilMs: number;
  readonly ended: readonly DeviceId[];
}

// The answer for a set and a directory head holds until the next certificate ends: found once, not once per item.
const findings = new WeakMap<MemberSet, Finding>();

/** Whether a member device may act or get keys: neither its membership nor its certificates ended, nothing revoked. */
export function isMemberLive(member: Member, view: DirectoryLookup, atMs: number): boolean {
  return atMs < member.notAfterMs && view.isDeviceLive(member.deviceId, atMs);
}

/** Member devices that may not act or get keys at the time, in order of their ids. */
export function endedDevices(members: MemberSet, view: DirectoryLookup, atMs: number): readonly DeviceId[] {
  const { root } = view.head;
  const known = findings.get(members);
  if (known && atMs >= known.fromMs && atMs < known.untilMs && equalBytes(root, known.root)) return known.ended;
  let untilMs = Number.POSITIVE_INFINITY;
  const ended: DeviceId[] = [];
  for (const member of members.devices.values()) {
    if (!isMemberLive(member, view, atMs)) ended.push(member.deviceId);
    for (const turnMs of turnsOf(member, view)) if (turnMs > atMs && turnMs < untilMs) untilMs = turnMs;
  }
  findings.set(members, { root, fromMs: atMs, untilMs, ended });
  return ended;
}

/** The times at which a member's liveness can change by itself. */
function turnsOf(member: Member, view: DirectoryLookup): number[] {
  const device = view.device(member.deviceId)?.certificate;
  const person = view.person(member.personId)?.certificate;
  const periods = [device, person].flatMap((period) => (period ? [period.notBeforeMs, period.notAfterMs] : []));
  return [member.notAfterMs, ...periods];
}
