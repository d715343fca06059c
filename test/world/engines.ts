import { describe } from '@jest/globals';
import { createScratchDatabase, testPostgresUrl } from '@rogatory/platform-database/testing';
import type { Configuration } from '@rogatory/platform-config';

/** Where the database of a world is, and how it goes away. */
export interface WorldDatabase {
  settings(dataFolder: string): Configuration['database'];
  drop(): Promise<void>;
}

/** Declares a suite of whole servers once per engine; without PostgreSQL it is shown as skipped there. */
export function onEachEngine(name: string, suite: (open: () => Promise<WorldDatabase>) => void): void {
  describe(`${name} (embedded)`, () => suite(openEmbedded));
  const url = testPostgresUrl();
  if (url === undefined) {
    describe.skip(`${name} (postgres: skipped, no server and no local binaries found)`, () => suite(openEmbedded));
    return;
  }
  describe(`${name} (postgres)`, () => suite(() => openPostgres(url)));
}

/**
 * For suites that start servers often or edit rows beside a running one: PostgreSQL, or the embedded database where there
 * is none; both in the long mode.
 */
export function onQuickEngine(name: string, suite: (open: () => Promise<WorldDatabase>) => void): void {
  const url = testPostgresUrl();
  if (url === undefined || process.env['ROGATORY_LONG'] === '1') onEachEngine(name, suite);
  else describe(`${name} (postgres)`, () => suite(() => openPostgres(url)));
}

/** As `onQuickEngine`, where one engine is enough at all times. */
export function onQuickest(): Promise<WorldDatabase> {
  const url = testPostgresUrl();
  return url === undefined ? openEmbedded() : openPostgres(url);
}

/** For suites whose subject is above the database. */
export const onEmbedded = openEmbedded;

async function openEmbedded(): Promise<WorldDatabase> {
  return { settings: (folder) => ({ kind: 'embedded', folder }), drop: async () => undefined };
}

async function openPostgres(server: string): Promise<WorldDatabase> {
  const scratch = await createScratchDatabase(server, []);
  return {
    settings: () => ({ kind: 'postgres', url: scratch.url, poolSize: 8 }),
    drop: () => scratch.drop(),
  };
}
