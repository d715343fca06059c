import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { limits } from '@rogatory/kernel';
import { LogWorker } from './log-worker.js';

const { sequencerTickMs, sequencerIdleMs } = limits;

/** A log of which the test says how large it is; counts how often somebody looked. */
function counted() {
  const seen = { ticks: 0, size: 0, faults: 0, isBroken: false };
  const worker = new LogWorker({
    sequencer: { runBatch: async () => ({ leaves: 0, size: seen.size }) },
    publisher: {
      follow: async () => undefined,
      publish: async () => {
        seen.ticks++;
        if (seen.isBroken) throw new RangeError('storage is gone');
        return seen.size;
      },
    },
    onSigned: () => undefined,
    onFault: () => void seen.faults++,
  });
  return { worker, seen };
}

describe('LogWorker', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('looks once per idle time while nothing happens', async () => {
    const { worker, seen } = counted();
    worker.start();
    await jest.advanceTimersByTimeAsync(0);
    expect(seen.ticks).toBe(1);
    await jest.advanceTimersByTimeAsync(sequencerIdleMs - 1);
    expect(seen.ticks).toBe(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(seen.ticks).toBe(2);
    await worker.stop();
  });

  it('sequences what was recorded within a tick, also what was recorded during one, and again while the log grows', async () => {
    const { worker, seen } = counted();
    worker.start();
    await jest.advanceTimersByTimeAsync(0);
    worker.expect();
    worker.expect();
    await jest.advanceTimersByTimeAsync(sequencerTickMs - 1);
    expect(seen.ticks).toBe(1);
    seen.size = 3;
    await jest.advanceTimersByTimeAsync(1);
    expect(seen.ticks).toBe(2);
    await jest.advanceTimersByTimeAsync(sequencerTickMs);
    expect(seen.ticks).toBe(3);
    await jest.advanceTimersByTimeAsync(sequencerIdleMs - 1);
    expect(seen.ticks).toBe(3);
    await worker.stop();
  });

  it('looks at once when woken', async () => {
    const { worker, seen } = counted();
    worker.start();
    await jest.advanceTimersByTimeAsync(0);
    worker.wake();
    await jest.advanceTimersByTimeAsync(0);
    expect(seen.ticks).toBe(2);
    await worker.stop();
  });

  it('tries again after a tick that failed, and tells of each', async () => {
    const { worker, seen } = counted();
    seen.isBroken = true;
    worker.start();
    await jest.advanceTimersByTimeAsync(0);
    await jest.advanceTimersByTimeAsync(2 * sequencerTickMs);
    expect(seen).toMatchObject({ ticks: 3, faults: 3 });
    await worker.stop();
    await jest.advanceTimersByTimeAsync(sequencerIdleMs);
    expect(seen.ticks).toBe(3);
  });
});
