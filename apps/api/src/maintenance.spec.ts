import { describe, expect, it } from '@jest/globals';
import { startMaintenance } from './maintenance.js';

describe('maintenance of the database', () => {
  it('runs again and again, one at a time, tells its faults, and ends', async () => {
    let [begun, running, most] = [0, 0, 0];
    const faults: unknown[] = [];
    let thrice: () => void = () => undefined;
    const enough = new Promise<void>((resolve) => {
      thrice = resolve;
    });
    const maintain = async () => {
      begun += 1;
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running -= 1;
      if (begun === 2) throw new Error('disk full');
      if (begun === 3) thrice();
    };
    const maintenance = startMaintenance({ maintain }, (error) => faults.push(error), 1);
    await enough;
    await maintenance.stop();
    const atEnd = begun;
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect([begun, most, running]).toEqual([atEnd, 1, 0]);
    expect(faults).toEqual([new Error('disk full')]);
  });
});
