import { isRogatoryError } from '@rogatory/kernel';

/**
 * Reads, and compares what the authors of the read say of the log's heads also where the reading failed: what was taken in
 * is not told again, whatever a server refuses after it. A fork that shows then outweighs why the reading failed.
 */
export async function heardOut(read: () => Promise<void>, compare: () => Promise<void>): Promise<void> {
  try {
    await read();
  } catch (error) {
    await compare().catch((worse: unknown) => {
      if (isRogatoryError(worse) && worse.family === 'verification') throw worse;
    });
    throw error;
  }
  await compare();
}
