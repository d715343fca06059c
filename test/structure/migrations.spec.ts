import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { allMigrations } from '@rogatory/api';
import { type Database, openDatabase } from '@rogatory/platform-database';
import { createScratchDatabase, testPostgresUrl } from '@rogatory/platform-database/testing';

const root = join(import.meta.dirname, '../..');

/** Every table and column with its type, as the database has them. */
async function shapeOf(database: Database): Promise<readonly string[]> {
  return database.read({ kind: 'anonymous' }, (reader) =>
    reader.queryRows(
      `SELECT format('%s.%s.%s %s', n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod)) AS shape
       FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
         AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
      [],
      (row) => row.text('shape'),
    ),
  );
}

async function shapesOfTwo(open: () => Promise<Database>): Promise<readonly (readonly string[])[]> {
  const shapes: (readonly string[])[] = [];
  for (let time = 0; time < 2; time++) {
    const database = await open();
    try {
      shapes.push(await shapeOf(database));
    } finally {
      await database.close();
    }
  }
  return shapes;
}

describe('migrations of all features', () => {
  it('run from nothing on the embedded engine, and change nothing the second time', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rogatory-migrations-'));
    const place = { kind: 'embedded', folder: join(folder, 'database'), migrations: allMigrations } as const;
    try {
      const [first = [], second] = await shapesOfTwo(() => openDatabase(place));
      expect(first.length).toBeGreaterThan(50);
      expect(second).toEqual(first);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  const server = testPostgresUrl();
  const onPostgres = server === undefined ? it.skip : it;
  onPostgres('run from nothing on PostgreSQL, and change nothing the second time', async () => {
    const scratch = await createScratchDatabase(server ?? '', []);
    try {
      const place = { kind: 'postgres', url: scratch.url, poolSize: 2, migrations: allMigrations } as const;
      const [first = [], second] = await shapesOfTwo(() => openDatabase(place));
      expect(first.length).toBeGreaterThan(50);
      expect(second).toEqual(first);
    } finally {
      await scratch.drop();
    }
  });

  it('have names of their own, in an order that stays', () => {
    const names = allMigrations.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.every((name) => /\d{13}$/.test(name))).toBe(true);
  });

  it('are the only way that a table changes: nothing synchronises', () => {
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
      (file) => /^(apps|libs)\/.*\/src\/.*\.ts$/.test(file) && !file.includes('node_modules'),
    );
    const named = files.filter((file) =>
      /synchronize\s*:\s*true|\.synchronize\(/.test(readFileSync(join(root, file), 'utf8')),
    );
    expect(files.length).toBeGreaterThan(100);
    expect(named).toEqual([]);
  });
});
