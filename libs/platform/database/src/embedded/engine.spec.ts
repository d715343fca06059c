import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { limits } from '@rogatory/kernel';
import { openDatabase } from '../open-database.js';
import { encodeQuery, finalState } from './backend-messages.js';
import { buildBaseSnapshot, loadSnapshotArchive } from './base-snapshot.js';
import { Engine } from './engine.js';

const textOf = (answer: Uint8Array): string => Buffer.from(answer).toString('latin1');

describe('the embedded engine', () => {
  let engine: Engine;
  beforeAll(async () => {
    await buildBaseSnapshot();
    const archive = loadSnapshotArchive();
    // No statement is fast enough for this limit, so that each test decides by its session's state.
    engine = await Engine.start({ ...(archive === undefined ? {} : { archive }), statementMs: 0 });
  }, 60_000);
  afterAll(() => engine.close());

  it('F08: breaks off a transaction whose statement took too long, and keeps nothing of it', async () => {
    const session = await engine.openSession();
    const query = (sql: string) => session.run(encodeQuery(sql));
    expect(finalState(await query('CREATE TABLE slow (number int)'))).toBe('idle'); // committed: answered, however late
    const begun = await query('BEGIN');
    expect(textOf(begun)).toContain('57014');
    expect(finalState(begun)).toBe('failed');
    expect(textOf(await query('INSERT INTO slow VALUES (1)'))).toContain('25P02');
    expect(textOf(await query('COMMIT'))).toContain('ROLLBACK');
    expect(textOf(await query('SELECT count(*) AS n FROM slow'))).toMatch(/SELECT 1/);
  });

  it('withholds an answer above the bound, and goes on', async () => {
    const session = await engine.openSession();
    const rows = Math.ceil(limits.databaseAnswerBytes / (1024 * 1024)) + 1;
    const answer = await session.run(encodeQuery(`SELECT repeat('x', 1024 * 1024) FROM generate_series(1, ${rows})`));
    expect(textOf(answer)).toContain('54000');
    expect(answer.length).toBeLessThan(200);
    expect(finalState(answer)).toBe('idle');
    expect(textOf(await session.run(encodeQuery('SELECT 41 + 1')))).toContain('42');
  });

  it('rolls back what a client left open, and refuses its late messages', async () => {
    const first = await engine.openSession();
    await first.run(encodeQuery('CREATE TABLE left_open (number int)'));
    await first.run(encodeQuery('BEGIN; INSERT INTO left_open VALUES (1)'));
    const second = await engine.openSession();
    await expect(first.run(encodeQuery('COMMIT'))).rejects.toMatchObject({ code: 'database/unavailable' });
    await first.end();
    const count = await second.run(encodeQuery(`SELECT 'rows: ' || count(*) FROM left_open`));
    expect(textOf(count)).toContain('rows: 0');
  });

  it('works off its sessions in the order in which they asked', async () => {
    const session = await engine.openSession();
    const answers = await Promise.all([1, 2, 3].map((number) => session.run(encodeQuery(`SELECT 'answer-${number}'`))));
    expect(answers.map((answer) => /answer-\d/.exec(textOf(answer))?.[0])).toEqual([
      'answer-1',
      'answer-2',
      'answer-3',
    ]);
  });
});

describe('the embedded database in memory', () => {
  it('lets timers run while one client keeps asking', async () => {
    const database = await openDatabase({ kind: 'embedded-memory', migrations: [] });
    let turns = 0;
    let isDone = false;
    const count = (): void => {
      turns += 1;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    await database.read({ kind: 'anonymous' }, async (reader) => {
      for (let number = 0; number < 500; number++)
        await reader.queryOne('SELECT 1 AS one', [], (row) => row.integer('one'));
    });
    isDone = true;
    expect(turns).toBeGreaterThan(2);
    await database.close();
  }, 60_000);

  it('refuses to work after its close', async () => {
    const database = await openDatabase({ kind: 'embedded-memory', migrations: [] });
    await database.close();
    await database.close();
    await expect(database.read({ kind: 'anonymous' }, async () => 1)).rejects.toMatchObject({
      family: 'unavailable',
      details: { reason: 'closed' },
    });
  }, 60_000);
});
