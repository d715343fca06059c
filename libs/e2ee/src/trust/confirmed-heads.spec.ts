import { describe, expect, it } from '@jest/globals';
import { type DeviceId, limits } from '@rogatory/kernel';
import { confirmHead, isHeadConfirmed, judgeHeartbeat, type KnownHeads } from './confirmed-heads.js';

const other = '01'.repeat(16) as DeviceId;
const hashOf = (tag: number): Uint8Array => new Uint8Array(32).fill(tag);
const own: KnownHeads = {
  newest: { seq: 5, linkHash: hashOf(5) },
  linkHashAt: (seq) => (seq >= 2 && seq <= 5 ? hashOf(seq) : undefined),
  content: { size: 50, root: hashOf(50) },
  contentRootAt: (size) => (size >= 20 ? hashOf(size) : undefined),
};
const heartbeat = (seq: number, size: number, fork = 0) => ({
  chainHead: { seq, linkHash: hashOf(seq + fork) },
  contentHead: { size, root: hashOf(size) },
});

describe('heartbeats of others', () => {
  it('confirm an equal or earlier head, and say when we are behind, forked or cannot tell', () => {
    expect(judgeHeartbeat(heartbeat(5, 50), own)).toBe('confirms');
    expect(judgeHeartbeat(heartbeat(3, 30), own)).toBe('confirms');
    expect(judgeHeartbeat(heartbeat(6, 50), own)).toBe('ahead');
    expect(judgeHeartbeat(heartbeat(5, 51), own)).toBe('ahead');
    expect(judgeHeartbeat(heartbeat(4, 40, 1), own)).toBe('conflicts');
    expect(judgeHeartbeat({ ...heartbeat(5, 40), contentHead: { size: 40, root: hashOf(1) } }, own)).toBe('conflicts');
    expect(judgeHeartbeat(heartbeat(1, 10), own)).toBe('unknown');
  });
});

describe('a head counts as confirmed', () => {
  const hour = 3_600_000;
  const nowMs = 1_000 * hour;
  const question = { confirmations: new Map<DeviceId, number>(), others: [other], sharedSinceMs: 0, nowMs };
  const daily = { ...question, confirmationMs: 24 * hour };

  it('for the only member, and while the others are too new to have spoken', () => {
    expect(isHeadConfirmed({ ...daily, others: [] })).toBe(true);
    expect(isHeadConfirmed({ ...daily, sharedSinceMs: nowMs - hour })).toBe(true);
    expect(isHeadConfirmed(daily)).toBe(false);
  });

  it('by another member within the time of the policy, which cannot be stretched', () => {
    const said = (ago: number) => confirmHead(new Map(), { deviceId: other, saidAtMs: nowMs - ago, nowMs });
    expect(isHeadConfirmed({ ...daily, confirmations: said(23 * hour) })).toBe(true);
    expect(isHeadConfirmed({ ...daily, confirmations: said(25 * hour) })).toBe(false);
    expect(isHeadConfirmed({ ...daily, confirmationMs: hour, confirmations: said(2 * hour) })).toBe(false);
    const stretched = { ...daily, confirmationMs: 10 * limits.headConfirmationMs };
    expect(isHeadConfirmed({ ...stretched, confirmations: said(25 * hour) })).toBe(false);
  });

  it('never by a clock that runs ahead, nor by an older word after a newer', () => {
    const ahead = confirmHead(new Map(), { deviceId: other, saidAtMs: nowMs + 99 * hour, nowMs });
    expect(ahead.get(other)).toBe(nowMs);
    expect(confirmHead(ahead, { deviceId: other, saidAtMs: nowMs - hour, nowMs }).get(other)).toBe(nowMs);
  });
});
