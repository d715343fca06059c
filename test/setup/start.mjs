import { randomBytes } from 'node:crypto';
import { startPostgres } from './postgres.mjs';

/**
 * Once per test run: a PostgreSQL server for the suites that run on every engine. A server named by
 * ROGATORY_TEST_POSTGRES_URL is used instead; `ROGATORY_TEST_POSTGRES_URL=none` leaves PostgreSQL out.
 * ROGATORY_TEST_RUN marks what this run makes on it.
 */
export default async function start() {
  process.env.ROGATORY_TEST_RUN = randomBytes(4).toString('hex');
  if (process.env.ROGATORY_TEST_POSTGRES_URL) return;
  const server = await startPostgres();
  if (server === undefined) return;
  process.env.ROGATORY_TEST_POSTGRES_URL = server.url;
  globalThis.rogatoryTestPostgres = server;
}
