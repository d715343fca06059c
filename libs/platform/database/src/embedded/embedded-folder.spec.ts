import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Database } from '../database.js';
import { openDatabase } from '../open-database.js';
import { bundleProgram } from '../testing/bundle-program.js';
import { buildBaseSnapshot, findSnapshotFolder } from './base-snapshot.js';
import { copyFolder } from './copy-folder.js';
import { DurableFiles } from './durable-files.js';
import { Engine } from './engine.js';
import { CreateAcknowledged1763856000002 } from './programs/acknowledged.js';

const scratch = mkdtempSync(join(tmpdir(), 'rogatory-embedded-'));
const migrations = [CreateAcknowledged1763856000002];
const PROGRAM = fileURLToPath(new URL('./programs/write-until-killed.ts', import.meta.url));
const ROUNDS = process.env.ROGATORY_LONG === '1' ? 20 : 2;

beforeAll(() => buildBaseSnapshot(), 60_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const openAt = (folder: string): Promise<Database> => openDatabase({ kind: 'embedded', folder, migrations });
const numbersOf = (database: Database): Promise<number[]> =>
  database.read({ kind: 'job', job: 'kill-test' }, (reader) =>
    reader.queryRows('SELECT number FROM acknowledged ORDER BY number', [], (row) => row.integer('number')),
  );

/** Lets the disk of a program answer with an error at its n-th fsync of a file, and at all that follow. */
const failingAt = (count: number): string =>
  `data:text/javascript,${encodeURIComponent(`
    import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    const { fdatasyncSync } = fs;
    let seen = 0;
    fs.fdatasyncSync = (descriptor) => {
      if (++seen >= ${count}) throw Object.assign(new Error('the disk failed'), { code: 'EIO' });
      fdatasyncSync(descriptor);
    };
    syncBuiltinESMExports();`)}`;

/** Runs the writing program and kills it without warning. @returns the numbers that it was told are committed */
async function writeUntilKilled(program: string, folder: string, first: number, count: number): Promise<number[]> {
  const child = spawn(process.execPath, [program, folder, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const acknowledged: number[] = [];
  const exited = new Promise((resolve) => child.once('exit', resolve));
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(Number(line));
    if (acknowledged.length === count) child.kill('SIGKILL');
  }
  await exited;
  return acknowledged;
}

describe('the embedded database on a folder', () => {
  it('ends its process when the disk fails, and has every acknowledged row afterwards', async () => {
    const folder = join(scratch, 'failing');
    await (await openAt(folder)).close();
    const args = ['--import', failingAt(60), bundleProgram(PROGRAM), folder];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = new Promise((resolve) => child.once('close', (...how) => resolve(how)));
    const told: string[] = [];
    child.stderr.on('data', (text: Buffer) => told.push(text.toString()));
    const acknowledged: number[] = [];
    for await (const line of createInterface({ input: child.stdout })) acknowledged.push(Number(line));
    expect(await ended).toEqual([74, null]);
    expect(told.join('')).toContain('(EIO)');
    expect(acknowledged.length).toBeGreaterThan(5);
    const database = await openAt(folder);
    const found = await numbersOf(database);
    await database.close();
    expect(found.slice(0, acknowledged.length)).toEqual(acknowledged);
  }, 60_000);

  it(`has every acknowledged row after kill -9 (${ROUNDS} rounds)`, async () => {
    const folder = join(scratch, 'killed');
    const program = bundleProgram(PROGRAM);
    const acknowledged: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      acknowledged.push(...(await writeUntilKilled(program, folder, round * 100_000, 40 + 17 * round)));
      expect(existsSync(join(folder, 'database.lock'))).toBe(true); // left behind; the next start sees a dead holder
    }
    const database = await openAt(folder);
    const found = new Set(await numbersOf(database));
    await database.close();
    expect(acknowledged.length).toBeGreaterThan(ROUNDS * 39);
    expect(acknowledged.filter((number) => !found.has(number))).toEqual([]);
  }, 120_000);

  it('F11: opens once, is private, and keeps its rows over a restart, but not for an older program', async () => {
    const folder = join(scratch, 'twice');
    const first = await openAt(folder);
    await expect(openAt(folder)).rejects.toMatchObject({
      family: 'unavailable',
      code: 'files/folder-in-use',
      retryable: false,
    });
    await first.writeUnaudited(
      { kind: 'anonymous' },
      (writer) => writer.execute('INSERT INTO acknowledged VALUES (7, $1)', [new Uint8Array(1)]),
      { reason: 'testing/fixture' },
    );
    await first.close();
    expect(existsSync(join(folder, 'database.lock'))).toBe(false);
    for (const path of [folder, join(folder, 'database')]) expect(statSync(path).mode & 0o077).toBe(0);
    // An older program, which lacks a migration, leaves the folder alone and gives it back.
    await expect(openDatabase({ kind: 'embedded', folder, migrations: [] })).rejects.toMatchObject({
      family: 'unavailable',
      code: 'database/newer-schema',
      details: { migration: 'CreateAcknowledged1763856000002' },
    });
    const again = await openAt(folder);
    expect(await numbersOf(again)).toEqual([7]);
    await again.close();
  }, 60_000);

  it('F11: starts over when its first start was cut off', async () => {
    const folder = join(scratch, 'cut-off');
    mkdirSync(join(folder, 'database', 'base'), { recursive: true });
    writeFileSync(join(folder, 'database', 'PG_VERSION'), '18\n');
    const database = await openAt(folder);
    expect(await numbersOf(database)).toEqual([]);
    await database.close();
  }, 60_000);
});

describe('durability', () => {
  /** Files whose fsync goes nowhere, as in the engine's own folder file system. */
  class ForgetfulFiles extends DurableFiles {
    override get syncCount(): number {
      return 0;
    }
  }

  it('is proven at the start: without fsync the engine does not serve', async () => {
    const folder = join(scratch, 'forgetful');
    copyFolder(findSnapshotFolder() ?? '', folder);
    await expect(Engine.start({ files: new ForgetfulFiles(folder) })).rejects.toMatchObject({
      family: 'internal',
      code: 'database/not-durable',
    });
  }, 60_000);

  it('comes with each commit', async () => {
    const folder = join(scratch, 'counted');
    copyFolder(findSnapshotFolder() ?? '', folder);
    const files = new DurableFiles(folder);
    const engine = await Engine.start({ files });
    const session = await engine.openSession();
    const query = (sql: string) =>
      session.run(Buffer.concat([Buffer.from('Q'), lengthOf(sql), Buffer.from(`${sql}\0`)]));
    await query('CREATE TABLE counted (number int)');
    const before = files.syncCount;
    for (let number = 0; number < 20; number++) await query(`INSERT INTO counted VALUES (${number})`);
    expect(files.syncCount - before).toBeGreaterThanOrEqual(20);
    await engine.close();
    expect(readFileSync(join(folder, 'PG_VERSION'), 'utf8').trim()).toMatch(/^\d+$/);
  }, 60_000);
});

function lengthOf(sql: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(Buffer.byteLength(sql) + 5);
  return length;
}
