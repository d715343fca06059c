import { describe, expect, it } from '@jest/globals';
import type { DatabasePrincipal } from '../principal.js';
import type { TestEngine } from '../testing.js';
import { ANN, actsOf, BEN, countNotes } from './schema.contract.js';

/** A transaction MUST run as its principal and with the rights of its role only. */
export function principalsContract(at: TestEngine): void {
  const { act } = actsOf(at);

  describe('principals', () => {
    it('are what row-level policies see, and only they', async () => {
      await act((writer) => writer.execute('INSERT INTO drafts VALUES ($1, $2)', ['draft-1', ANN.device]));
      const seenBy = (principal: DatabasePrincipal) =>
        at
          .database()
          .read(principal, (reader) => reader.queryRows('SELECT id FROM drafts', [], (row) => row.text('id')));
      expect(await seenBy(ANN)).toEqual(['draft-1']);
      expect(await seenBy(BEN)).toEqual([]);
      expect(await seenBy({ kind: 'anonymous' })).toEqual([]);
      expect(await seenBy({ kind: 'job', job: 'contract' })).toEqual([]);
    });

    it('do not leak into the next transaction of a connection', async () => {
      const names = `SELECT principal_kind() AS kind, principal_device() AS device, principal_post() AS post,
        principal_job() AS job, current_user::text AS role`;
      const seen = (principal: DatabasePrincipal) =>
        at
          .database()
          .read(principal, (reader) =>
            reader.queryOne(names, [], (row) => [
              row.text('kind'),
              row.optionalText('device'),
              row.optionalText('post'),
              row.optionalText('job'),
              row.text('role'),
            ]),
          );
      expect(await seen(ANN)).toEqual(['device', ANN.device, ANN.post, undefined, 'rogatory_app']);
      expect(await seen({ kind: 'anonymous' })).toEqual(['anonymous', undefined, undefined, undefined, 'rogatory_app']);
      expect(await seen({ kind: 'job', job: 'sequencer', role: 'rogatory_sequencer' })).toEqual([
        'job',
        undefined,
        undefined,
        'sequencer',
        'rogatory_sequencer',
      ]);
    });

    it('run as a role that can neither delete records nor change the schema', async () => {
      await act((writer) => writer.execute('INSERT INTO records VALUES ($1, NULL)', ['record-1']));
      for (const forbidden of [
        'DELETE FROM records',
        'TRUNCATE records',
        'UPDATE records SET seq = 1',
        'ALTER TABLE records ADD COLUMN more text',
        'CREATE TABLE own (id text)',
        'DROP TABLE records',
        'CREATE ROLE another',
      ]) {
        await expect(act((writer) => writer.execute(forbidden, []))).rejects.toMatchObject({
          family: 'internal',
          code: 'database/denied',
        });
      }
    });

    it('run nothing when an id is malformed', async () => {
      const wrong = { kind: 'job', job: `x'; DROP TABLE notes` } as const;
      await expect(at.database().read(wrong, (reader) => countNotes(reader, ''))).rejects.toMatchObject({
        family: 'usage',
        code: 'database/principal',
      });
    });
  });
}
