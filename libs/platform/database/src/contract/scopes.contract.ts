import { describe, expect, it } from '@jest/globals';
import type { Writer } from '../database.js';
import type { TestEngine } from '../testing.js';
import { ANN, actsOf, countNotes, insertNote } from './schema.contract.js';

/** A reader or writer MUST be of no use outside its transaction. */
export function scopesContract(at: TestEngine): void {
  const { act, count } = actsOf(at);

  describe('scopes', () => {
    it('refuses a scope inside a scope at once', async () => {
      const nested = act(() => at.database().read(ANN, (reader) => countNotes(reader, '')));
      await expect(nested).rejects.toMatchObject({ family: 'usage', code: 'database/nested-scope' });
    });

    it('lets work that outlives a scope open the next one', async () => {
      let later: Promise<number> | undefined;
      await act(async (writer) => {
        later = new Promise<void>((resolve) => writer.afterCommit(() => resolve())).then(() => count('outlive-'));
        await writer.execute(insertNote, ['outlive-1', 1]);
      });
      expect(await later).toBe(1);
    });

    it('refuses a reader or writer after its end', async () => {
      const { kept } = await act(async (writer) => ({ kept: writer }));
      await expect(kept.execute(insertNote, ['late-1', 1])).rejects.toMatchObject({ code: 'database/scope-closed' });
      expect(() => kept.afterCommit(() => undefined)).toThrow(
        expect.objectContaining({ code: 'database/scope-closed' }),
      );
      expect(() => at.recorder().recorded(kept)).toThrow(expect.objectContaining({ code: 'database/scope-closed' }));
    });

    it('rolls back when a query was not awaited', async () => {
      const write = act(async (writer) => {
        void writer.execute(insertNote, ['unawaited-1', 1]).catch(() => undefined);
      });
      await expect(write).rejects.toMatchObject({ family: 'usage', code: 'database/unawaited-query' });
      expect(await count('unawaited-')).toBe(0);
    });

    it('ends a transaction at its deadline, and serves the next one', async () => {
      const stuck = at.database().writeUnaudited(
        ANN,
        async (writer) => {
          await writer.execute(insertNote, ['deadline-1', 1]);
          await new Promise(() => undefined);
        },
        { reason: 'testing/fixture', timeoutMs: 20 },
      );
      await expect(stuck).rejects.toMatchObject({ family: 'unavailable', code: 'database/timeout', retryable: true });
      expect(await count('deadline-')).toBe(0);
    });

    it('hands the audit recorder out once, and it marks writers of this database only', () => {
      at.recorder();
      expect(() => at.database().claimAuditRecorder()).toThrow(
        expect.objectContaining({ code: 'database/recorder-claimed' }),
      );
      const stranger: Writer = {
        queryRows: async () => [],
        queryOne: async () => undefined,
        execute: async () => 0,
        afterCommit: () => undefined,
        last: () => undefined,
      };
      expect(() => at.recorder().recorded(stranger)).toThrow(
        expect.objectContaining({ code: 'database/scope-closed' }),
      );
    });
  });
}
