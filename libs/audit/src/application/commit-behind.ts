import type { Writer } from '@rogatory/platform-database';

/**
 * Sends the commit behind statements that were just started (see {@link Writer.last}) and gives their answers. Of several
 * failures the first one named is told: the others only followed it.
 * @throws what the statements and `writer.last` throw; all of them are waited for.
 */
export async function commitBehind<Started extends readonly unknown[]>(
  writer: Pick<Writer, 'last'>,
  ...started: Started
): Promise<{ -readonly [Place in keyof Started]: Awaited<Started[Place]> }> {
  const sent = (async () => writer.last())();
  for (const outcome of await Promise.allSettled([...started, sent])) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
  return Promise.all(started);
}
