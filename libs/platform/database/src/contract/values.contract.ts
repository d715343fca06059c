import { describe, expect, it } from '@jest/globals';
import type { ParseRow } from '../database.js';
import type { TestEngine } from '../testing.js';
import { ANN, actsOf } from './schema.contract.js';

/** Values MUST come back as they went in. */
export function valuesContract(at: TestEngine): void {
  const { act } = actsOf(at);

  describe('values', () => {
    it('returns every type as it went in', async () => {
      const body = Uint8Array.from({ length: 256 }, (_, byte) => byte);
      const now = new Date(1_795_000_000_123);
      await act((writer) =>
        writer.execute('INSERT INTO notes VALUES ($1, $2, $3, $4, $5, $6, $7, $8)', [
          'types-1',
          body,
          2n ** 53n - 1n,
          now,
          true,
          '{"a":[1,"ü"]}',
          ['x', 'y"z'],
          [new Uint8Array([1]), new Uint8Array([0, 255])],
        ]),
      );
      const row = await at.database().read(ANN, (reader) =>
        reader.queryOne('SELECT * FROM notes WHERE id = $1', ['types-1'], (found) => ({
          body: found.bytes('body'),
          size: found.integer('size'),
          atMs: found.timeMs('at'),
          isOpen: found.boolean('is_open'),
          facts: found.json('facts'),
          names: found.texts('names'),
          parts: found.bytesList('parts').map((part) => [...part]),
        })),
      );
      expect(row).toEqual({
        body,
        size: Number.MAX_SAFE_INTEGER,
        atMs: now.getTime(),
        isOpen: true,
        facts: { a: [1, 'ü'] },
        names: ['x', 'y"z'],
        parts: [[1], [0, 255]],
      });
    });

    it('tells null from a value, and refuses a column of another type', async () => {
      await act((writer) => writer.execute('INSERT INTO notes (id) VALUES ($1)', ['null-1']));
      const read = <T>(parse: ParseRow<T>): Promise<T | undefined> =>
        at.database().read(ANN, (reader) => reader.queryOne(`SELECT * FROM notes WHERE id = 'null-1'`, [], parse));
      expect(
        await read((row) => [row.optionalBytes('body'), row.optionalInteger('size'), row.optionalTimeMs('at')]),
      ).toEqual([undefined, undefined, undefined]);
      for (const wrong of [
        () => read((row) => row.bytes('body')),
        () => read((row) => row.integer('id')),
        () => read((row) => row.text('absent')),
        () => read((row) => row.optionalText('absent')),
      ]) {
        await expect(wrong()).rejects.toMatchObject({ family: 'internal', code: 'database/row' });
      }
    });

    it('takes values of a megabyte', async () => {
      const body = new Uint8Array(1024 * 1024).fill(7);
      await act((writer) => writer.execute('INSERT INTO notes (id, body) VALUES ($1, $2)', ['large-1', body]));
      const length = await at
        .database()
        .read(ANN, (reader) =>
          reader.queryOne(`SELECT body FROM notes WHERE id = 'large-1'`, [], (row) => row.bytes('body').length),
        );
      expect(length).toBe(body.length);
    });
  });
}
