import { describe, expect, it } from '@jest/globals';
import { toHex } from './bytes.js';
import { forwardClock, pooledRandom, type RandomBytes } from './clock.js';
import { limits } from './limits.js';

/** Counts up, so that every byte of it is told apart from its neighbours. */
function counting(): RandomBytes {
  let next = 0;
  return (length) => Uint8Array.from({ length }, () => next++ & 0xff);
}

describe('a clock that never goes back', () => {
  const hourMs = 3_600_000;

  it('F04: follows the clock of the day, and every step ahead at once', () => {
    const at = { nowMs: 10 * hourMs, monotonicMs: 5 };
    const clock = forwardClock({ nowMs: () => at.nowMs, monotonicMs: () => at.monotonicMs });
    at.nowMs += 1_000;
    at.monotonicMs += 1_000;
    expect([clock.nowMs(), clock.monotonicMs()]).toEqual([10 * hourMs + 1_000, 1_005]);
    at.nowMs += 2 * hourMs;
    expect(clock.nowMs()).toBe(12 * hourMs + 1_000);
  });

  it('F04: gives nobody more than the bound, however often and in whatever steps the clock is set back', () => {
    const at = { nowMs: 10 * hourMs, monotonicMs: 0 };
    const clock = forwardClock({ nowMs: () => at.nowMs, monotonicMs: () => at.monotonicMs });
    let before = clock.nowMs();
    for (let second = 1; second <= 3_600; second++) {
      at.monotonicMs += 1_000;
      at.nowMs -= second % 60 === 0 ? 2 * hourMs : 900;
      const now = clock.nowMs();
      expect(now).toBeGreaterThanOrEqual(before);
      expect(now).toBeGreaterThanOrEqual(10 * hourMs + second * 1_000 - limits.clockLagMs);
      expect(now).toBeLessThanOrEqual(10 * hourMs + second * 1_000);
      before = now;
    }
    at.nowMs = 20 * hourMs;
    expect(clock.nowMs()).toBe(20 * hourMs);
  });
});

describe('pooled random bytes', () => {
  it('are those of the source, none of them twice', () => {
    const random = pooledRandom(counting(), 16);
    const drawn = [4, 8, 4, 16, 3].map((length) => toHex(random(length)));
    expect(drawn).toEqual(['00010203', '0405060708090a0b', '0c0d0e0f', '101112131415161718191a1b1c1d1e1f', '202122']);
  });

  it('drop what is left of a pool that is too small for the next value', () => {
    const random = pooledRandom(counting(), 16);
    expect(toHex(random(10))).toBe('00010203040506070809');
    expect(toHex(random(8))).toBe('1011121314151617');
  });

  it('come straight from the source when they are longer than the pool', () => {
    const random = pooledRandom(counting(), 4);
    expect(random(9)).toHaveLength(9);
    expect(toHex(random(2))).toBe('090a');
  });

  it('share no memory with what was given or is still to come', () => {
    const pools: Uint8Array[] = [];
    const random = pooledRandom((length) => {
      const pool = new Uint8Array(length).fill(7);
      pools.push(pool);
      return pool;
    }, 8);
    const first = random(4);
    expect(toHex(pools[0] as Uint8Array)).toBe('0000000007070707');
    first.fill(9);
    expect(toHex(random(4))).toBe('07070707');
  });

  it('stay too short where the source gives too few, every time', () => {
    const random = pooledRandom(() => new Uint8Array(3), 8);
    expect(random(2)).toHaveLength(0);
    expect(random(2)).toHaveLength(0);
  });
});
