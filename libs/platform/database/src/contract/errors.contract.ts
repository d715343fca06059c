import { describe, expect, it } from '@jest/globals';
import type { TestEngine } from '../testing.js';
import { ANN, actsOf, insertNote } from './schema.contract.js';

/** Every failure MUST be typed, and quote no stored value. */
export function errorsContract(at: TestEngine): void {
  const { act } = actsOf(at);

  describe('errors', () => {
    it('names the constraint of a conflict', async () => {
      await act((writer) => writer.execute(insertNote, ['twice-1', 1]));
      await expect(act((writer) => writer.execute(insertNote, ['twice-1', 1]))).rejects.toMatchObject({
        family: 'refused',
        code: 'database/conflict',
        retryable: false,
        details: { reason: 'unique', constraint: 'notes_pkey' },
      });
      await expect(
        act((writer) => writer.execute('INSERT INTO replies VALUES ($1, $2)', ['r', 'absent'])),
      ).rejects.toMatchObject({ code: 'database/conflict', details: { reason: 'reference' } });
    });

    it('passes on a rule that a trigger enforces', async () => {
      await act((writer) => writer.execute(insertNote, ['rule-1', 1]));
      await expect(
        act((writer) => writer.execute('UPDATE notes SET is_open = false WHERE id = $1', ['rule-1'])),
      ).rejects.toMatchObject({
        family: 'refused',
        code: 'database/refused',
        details: { constraint: 'notes-stay-open' },
      });
    });

    it('reports a wrong row and wrong SQL as our fault, and quotes no stored value', async () => {
      await expect(act((writer) => writer.execute(insertNote, ['check-1', -1]))).rejects.toMatchObject({
        family: 'internal',
        code: 'database/constraint',
        details: { constraint: 'notes_size' },
      });
      await expect(act((writer) => writer.execute('SELEKT 1', []))).rejects.toMatchObject({
        code: 'database/internal',
      });
      const wrongType = await act((writer) => writer.execute('SELECT $1::text::int', ['a-secret-name'])).catch(
        (error: Error) => error,
      );
      expect(wrongType).toMatchObject({ code: 'database/internal', details: { sqlState: '22P02' } });
      expect(JSON.stringify([wrongType, String((wrongType as Error).cause)])).not.toContain('a-secret-name');
    });

    it('refuses one row when there are more', async () => {
      await act((writer) =>
        Promise.all([writer.execute(insertNote, ['many-1', 1]), writer.execute(insertNote, ['many-2', 1])]),
      );
      const read = at
        .database()
        .read(ANN, (reader) =>
          reader.queryOne(`SELECT id FROM notes WHERE id LIKE 'many-%'`, [], (row) => row.text('id')),
        );
      await expect(read).rejects.toMatchObject({ code: 'database/row-count' });
    });
  });
}
