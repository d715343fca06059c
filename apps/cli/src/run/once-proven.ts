import { setTimeout as wait } from 'node:timers/promises';
import { isRogatoryError } from '@rogatory/kernel';

/** A record is in the log within the second, and witnesses have spoken soon after. */
const MAX_WAIT_MS = 30_000;
const LOOK_MS = 500;

/** Asks again while the log, or its witnesses, do not vouch for a record yet. @throws what the last attempt throws. */
export async function onceProven<T>(work: () => Promise<T>): Promise<T> {
  const endsMs = performance.now() + MAX_WAIT_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const isEarly = isRogatoryError(error) && error.code === 'client/contended';
      if (!isEarly || performance.now() > endsMs) throw error;
      await wait(LOOK_MS);
    }
  }
}
