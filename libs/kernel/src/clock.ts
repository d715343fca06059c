import { limits } from './limits.js';

/** Passed in wherever time is read, so that a whole system can run on a clock of a test. */
export interface Clock {
  /** Milliseconds since the Unix epoch, UTC. */
  nowMs(): number;
  /** Milliseconds on a clock that never steps; only differences mean something. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

/**
 * A clock that never goes back, and lags behind the monotonic clock by `limits.clockLagMs` at most: what ends at a time
 * ends by then, also when somebody sets the machine's clock back. A step ahead is followed at once: it ends things early,
 * never late.
 */
export function forwardClock(source: Clock): Clock {
  let toldMs = source.nowMs();
  let anchor = { nowMs: toldMs, monotonicMs: source.monotonicMs() };
  return {
    nowMs: () => {
      const [wallMs, monotonicMs] = [source.nowMs(), source.monotonicMs()];
      const carriedMs = anchor.nowMs + monotonicMs - anchor.monotonicMs;
      if (wallMs >= carriedMs) anchor = { nowMs: wallMs, monotonicMs };
      toldMs = Math.max(toldMs, wallMs, Math.floor(carriedMs) - limits.clockLagMs);
      return toldMs;
    },
    monotonicMs: () => source.monotonicMs(),
  };
}

/** Cryptographically secure random bytes; passed in, so that a test can seed it. */
export type RandomBytes = (length: number) => Uint8Array;

const POOL_BYTES = 4096;
let pool = new Uint8Array(0);
let taken = 0;

/**
 * The system's random generator. Short values come out of a pool, each byte once and wiped where it was: asking the
 * system for every nonce costs more than sealing with it.
 */
export const systemRandom: RandomBytes = (length) => {
  if (length > POOL_BYTES / 8) return crypto.getRandomValues(new Uint8Array(length));
  if (pool.length - taken < length) {
    pool = crypto.getRandomValues(new Uint8Array(POOL_BYTES));
    taken = 0;
  }
  const bytes = pool.slice(taken, taken + length);
  pool.fill(0, taken, taken + length);
  taken += length;
  return bytes;
};

/**
 * The same bytes as `source` gives, drawn `poolBytes` at a time: for acts that need many short values, where asking the
 * system for each costs more than using it. What was handed out is erased from the pool.
 */
export function pooledRandom(source: RandomBytes, poolBytes: number): RandomBytes {
  let pool: Uint8Array = new Uint8Array(0);
  let used = 0;
  return (length) => {
    if (length > poolBytes) return source(length);
    if (used + length > pool.length) {
      pool.fill(0);
      [pool, used] = [source(poolBytes), 0];
      // A short read is the caller's to find, as without a pool: it must never come to look like a whole one.
      if (pool.length !== poolBytes) {
        pool = new Uint8Array(0);
        return pool;
      }
    }
    const bytes = pool.slice(used, used + length);
    pool.fill(0, used, used + length);
    used += length;
    return bytes;
  };
}
