import pg from 'pg';

/** Removes the migrated templates of this run from a server that stays. @param {string} url @param {string} run */
async function dropTemplates(url, run) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query('SELECT datname FROM pg_database WHERE starts_with(datname, $1)', [
      `template_${run}_`,
    ]);
    for (const { datname } of rows) await client.query(`DROP DATABASE ${pg.escapeIdentifier(datname)} WITH (FORCE)`);
  } finally {
    await client.end();
  }
}

/** Ends what the test run started, and removes what it left on a server that it did not start. */
export default async function stop() {
  const started = globalThis.rogatoryTestPostgres;
  if (started !== undefined) {
    await started.stop();
    return;
  }
  const { ROGATORY_TEST_POSTGRES_URL: url, ROGATORY_TEST_RUN: run } = process.env;
  if (url && url !== 'none' && run) await dropTemplates(url, run);
}
