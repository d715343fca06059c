import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { Client } from 'pg';
import type { StolenRows } from './stolen-rows.js';

type Row = Readonly<Record<string, unknown>>;

/** The database without the server, as whoever owns the disk or the administrator's password has it. */
export interface StolenDatabase {
  query(sql: string, parameters?: readonly unknown[]): Promise<readonly Row[]>;
  close(): Promise<void>;
}

/** Where the database of a demo lies. */
export type DatabasePlace = { readonly dataFolder: string } | { readonly postgres: string };

/** Opens the files of a stopped server, or PostgreSQL as its administrator; goes around every right and rule of the product. */
export async function openStolen(place: DatabasePlace): Promise<StolenDatabase> {
  if ('postgres' in place) {
    const client = new Client({ connectionString: place.postgres });
    await client.connect();
    return {
      query: async (sql, parameters = []) => (await client.query<Row>(sql, [...parameters])).rows,
      close: () => client.end(),
    };
  }
  const engine = await PGlite.create(join(place.dataFolder, 'database', 'database'));
  return {
    query: async (sql, parameters = []) => (await engine.query<Row>(sql, [...parameters])).rows,
    close: async () => {
      await engine.query('CHECKPOINT');
      await engine.close();
    },
  };
}

/** Uses a database and closes it, whatever happens. */
export async function closing<Result>(database: StolenDatabase, use: () => Promise<Result>): Promise<Result> {
  try {
    return await use();
  } finally {
    await database.close();
  }
}

/** Everything sealed that the database holds of all cases. */
export async function stealRows(database: StolenDatabase): Promise<StolenRows> {
  const entries = await database.query(
    `SELECT encode(compartment_id, 'hex') AS compartment, position::int AS position, class::int AS class,
       encode(bytes, 'base64') AS bytes, received_at::float8 AS received
     FROM content_entry ORDER BY compartment_id, position`,
  );
  const boxes = await database.query(
    `SELECT encode(compartment_id, 'hex') AS compartment, seq::int AS seq, encode(bytes, 'base64') AS bytes
     FROM box ORDER BY compartment_id, seq`,
  );
  return {
    entries: entries.map((row) => ({
      compartmentId: textOf(row, 'compartment'),
      position: numberOf(row, 'position'),
      isLink: numberOf(row, 'class') === 0,
      bytes: base64Of(row),
      receivedAtMs: numberOf(row, 'received'),
    })),
    boxes: boxes.map((row) => ({
      compartmentId: textOf(row, 'compartment'),
      seq: numberOf(row, 'seq'),
      bytes: base64Of(row),
    })),
  };
}

export interface ForgedRecord {
  readonly recordId: string;
  readonly index: number;
  readonly before: string;
  readonly after: string;
}

const HOUR_MS = 3_600_000;

/** Moves the recorded time of one act by an hour, with the rules that forbid it switched off around it. */
export async function forgeRecord(database: StolenDatabase, recordId: string): Promise<ForgedRecord> {
  const [row] = await database.query(
    `SELECT seq::int AS seq, convert_from(leaf, 'UTF8') AS leaf FROM audit_event WHERE replace(id::text, '-', '') = $1`,
    [recordId],
  );
  if (row === undefined) throw new Error('there is no such record in the database');
  const leaf = textOf(row, 'leaf');
  const forged = movedByAnHour(leaf);
  await database.query('ALTER TABLE audit_event DISABLE TRIGGER USER');
  await database.query(
    `UPDATE audit_event SET leaf = convert_to($2, 'UTF8'), t = t - $3::bigint WHERE replace(id::text, '-', '') = $1`,
    [recordId, forged.leaf, HOUR_MS],
  );
  await database.query('ALTER TABLE audit_event ENABLE TRIGGER USER');
  const { before, after } = forged;
  return { recordId, index: numberOf(row, 'seq'), before, after };
}

/** @throws Error when the leaf has no time. */
export function movedByAnHour(leaf: string): {
  readonly leaf: string;
  readonly before: string;
  readonly after: string;
} {
  const found = /"t":(\d+)/.exec(leaf);
  if (found?.[1] === undefined) throw new Error('the record has no time');
  const timeMs = Number(found[1]);
  return {
    leaf: leaf.replace(found[0], `"t":${timeMs - HOUR_MS}`),
    before: new Date(timeMs).toISOString(),
    after: new Date(timeMs - HOUR_MS).toISOString(),
  };
}

function textOf(row: Row, name: string): string {
  const value = row[name];
  if (typeof value !== 'string') throw new Error(`no text in ${name}`);
  return value;
}

/** PostgreSQL breaks long base64 into lines. */
function base64Of(row: Row): string {
  return textOf(row, 'bytes').replaceAll('\n', '');
}

function numberOf(row: Row, name: string): number {
  const value = row[name];
  if (typeof value !== 'number') throw new Error(`no number in ${name}`);
  return value;
}
