import { describe, expect, it } from '@jest/globals';
import { unavailableError, verificationError } from '../client.errors.js';
import { heardOut } from './heard-out.js';

const failing = (error: Error) => async (): Promise<void> => {
  throw error;
};

describe('what authors say of the log', () => {
  const away = unavailableError('client/unwitnessed');
  const fork = verificationError('client/fork');

  it('is compared also where the reading failed, which is told all the same', async () => {
    let compared = 0;
    const compare = async (): Promise<void> => void compared++;
    await expect(heardOut(failing(away), compare)).rejects.toBe(away);
    await heardOut(async () => undefined, compare);
    expect(compared).toBe(2);
  });

  it('outweighs why the reading failed where it shows a fork, and nothing less does', async () => {
    const wrong = verificationError('client/history-rollback');
    await expect(heardOut(failing(away), failing(fork))).rejects.toBe(fork);
    await expect(heardOut(failing(wrong), failing(away))).rejects.toBe(wrong);
    await expect(heardOut(async () => undefined, failing(fork))).rejects.toBe(fork);
  });
});
