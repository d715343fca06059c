import { startPostgres } from './postgres.mjs';

/**
 * Once per test run: a PostgreSQL server for the suites that run on every engine. A server named by
 * ROGATORY_TEST_POSTGRES_URL is used instead; `ROGATORY_TEST_POSTGRES_URL=none` leaves PostgreSQL out.
 */
export default async function start() {
  if (process.env.ROGATORY_TEST_POSTGRES_URL) return;
  const server = await startPostgres();
  if (server === undefined) return;
  process.env.ROGATORY_TEST_POSTGRES_URL = server.url;
  globalThis.rogatoryTestPostgres = server;
}
