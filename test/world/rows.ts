import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import type { Configuration } from '@rogatory/platform-config';
import pg from 'pg';

/** Runs one statement as the administrator of the database can, past every policy. */
export type Administrator = (statement: string, values?: unknown[]) => Promise<readonly Record<string, unknown>[]>;

/** Looks into the database of a server. The embedded one has to be without a server meanwhile. */
export async function asAdministrator<Result>(
  { database }: Configuration,
  work: (ask: Administrator) => Promise<Result>,
): Promise<Result> {
  if (database.kind === 'postgres') {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      return await work(
        async (statement, values = []) => (await client.query<Record<string, unknown>>(statement, values)).rows,
      );
    } finally {
      await client.end();
    }
  }
  const embedded = await PGlite.create(join(database.folder, 'database', 'database'));
  try {
    return await work(
      async (statement, values = []) => (await embedded.query<Record<string, unknown>>(statement, values)).rows,
    );
  } finally {
    await embedded.close();
  }
}

/** A count, as either engine gives it. */
export async function countOf(ask: Administrator, statement: string): Promise<number> {
  const [row] = await ask(`SELECT count(*)::int AS n FROM (${statement}) AS asked`);
  return Number(row?.['n']);
}
