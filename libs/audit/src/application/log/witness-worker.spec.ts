import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { limits } from '@rogatory/kernel';
import { TestingClock } from '../../testing.js';
import { WitnessWorker } from './witness-worker.js';

const { witnessTickMs, witnessHeartbeatMs } = limits;

/** A log at rest, whose quorum answers as the test says; counts how often it was asked. */
function atRest() {
  const clock = new TestingClock();
  const seen = { rounds: 0, answers: true };
  let timeMs = clock.nowMs();
  const inForce = async () => ({ size: 5, note: new Uint8Array(0), timeMs });
  const worker = new WitnessWorker({
    collector: {
      collect: async () => {
        seen.rounds++;
        if (seen.answers) timeMs = clock.nowMs();
        return inForce();
      },
      inForce,
      close: async () => undefined,
      failing: () => new Map(),
    },
    clock,
    onWitnessed: () => undefined,
    onFault: (error) => {
      throw error;
    },
  });
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await jest.advanceTimersByTimeAsync(ms);
  };
  return { worker, seen, pass };
}

describe('WitnessWorker', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('asks once a heartbeat while nothing is new', async () => {
    const { worker, seen, pass } = atRest();
    worker.start();
    await pass(witnessTickMs);
    expect(seen.rounds).toBe(1);
    for (let ms = witnessTickMs; ms < witnessHeartbeatMs; ms += witnessTickMs) await pass(witnessTickMs);
    expect(seen.rounds).toBe(1);
    await pass(witnessTickMs);
    expect(seen.rounds).toBe(2);
    await worker.stop();
  });

  it('asks again at the next tick when a heartbeat brought no quorum, until one is back', async () => {
    const { worker, seen, pass } = atRest();
    worker.start();
    await pass(witnessTickMs);
    seen.answers = false;
    await pass(witnessHeartbeatMs);
    const silent = seen.rounds;
    await pass(witnessTickMs);
    await pass(witnessTickMs);
    expect(seen.rounds).toBe(silent + 2);
    seen.answers = true;
    await pass(witnessTickMs);
    const { quorumMs } = worker.state();
    expect(seen.rounds).toBe(silent + 3);
    await pass(witnessTickMs);
    expect(seen.rounds).toBe(silent + 3);
    expect(worker.state()).toMatchObject({ quorumMs, unwitnessedSinceMs: undefined });
    await worker.stop();
  });
});
