import { describe, expect, it } from '@jest/globals';
import type { Writer } from '../database.js';
import { prepared } from '../statement.js';
import type { TestEngine } from '../testing.js';
import { ANN, actsOf, insertNote } from './schema.contract.js';

/** A transaction MUST happen wholly and with its audit record, or not at all. */
export function commitContract(at: TestEngine): void {
  const { act, count } = actsOf(at);

  describe('a commit', () => {
    it('commits an act with its record, and answers what the callback returned', async () => {
      expect(await act((writer) => writer.execute(insertNote, ['commit-1', 1]))).toBe(1);
      expect(await count('commit-')).toBe(1);
    });

    it('does not commit an act without its record', async () => {
      const write = at.database().write(ANN, (writer) => writer.execute(insertNote, ['unaudited-1', 1]));
      await expect(write).rejects.toMatchObject({ family: 'internal', code: 'database/unaudited' });
      expect(await count('unaudited-')).toBe(0);
    });

    it('commits a listed job without record', async () => {
      await at
        .database()
        .writeUnaudited({ kind: 'job', job: 'contract' }, (writer) => writer.execute(insertNote, ['job-1', 1]), {
          reason: 'testing/fixture',
        });
      expect(await count('job-')).toBe(1);
    });

    it('rolls back when the callback throws, and passes its error on unchanged', async () => {
      const fault = new Error('the callback changed its mind');
      const write = act(async (writer) => {
        await writer.execute(insertNote, ['rollback-1', 1]);
        throw fault;
      });
      await expect(write).rejects.toBe(fault);
      expect(await count('rollback-')).toBe(0);
    });

    it('commits nothing when an error inside was swallowed', async () => {
      const write = act(async (writer) => {
        await writer.execute(insertNote, ['swallowed-1', 1]);
        await writer.execute(insertNote, ['swallowed-1', 1]).catch(() => 0);
      });
      await expect(write).rejects.toMatchObject({ code: 'database/aborted' });
      expect(await count('swallowed-')).toBe(0);
    });

    it('refuses to write in a read scope', async () => {
      const read = at
        .database()
        .read(ANN, (reader) => reader.queryRows(insertNote, ['read-1', 1], (row) => row.text('id')));
      await expect(read).rejects.toMatchObject({ family: 'internal' });
      expect(await count('read-')).toBe(0);
    });
  });
}

/** A commit that travels behind the last statement MUST decide as one that is sent after it. */
export function lastContract(at: TestEngine): void {
  const { count } = actsOf(at);
  const write = <T>(use: (writer: Writer) => Promise<T>) => at.database().write(ANN, use);

  describe('a commit behind the last statement', () => {
    it('commits what was started, runs what comes after, and takes no further statement', async () => {
      const seen: string[] = [];
      const late = await write(async (writer) => {
        writer.afterCommit(() => seen.push('after'));
        const added = writer.execute(insertNote, ['last-1', 1]);
        at.recorder().recorded(writer);
        writer.last();
        const refused = writer.execute(insertNote, ['last-2', 1]).catch((error: unknown) => error);
        expect(await added).toBe(1);
        return refused;
      });
      expect(late).toMatchObject({ code: 'database/scope-closed' });
      expect(seen).toEqual(['after']);
      expect(await count('last-')).toBe(1);
    });

    it('is refused without a record, and where a statement could not be sent', async () => {
      const unrecorded = write(async (writer) => {
        const added = writer.execute(insertNote, ['last-unaudited', 1]);
        writer.last();
        await added;
      });
      await expect(unrecorded).rejects.toMatchObject({ code: 'database/unaudited' });
      const unsent = write(async (writer) => {
        at.recorder().recorded(writer);
        const added = writer.execute(insertNote, [[[new Uint8Array(1)]], 1]);
        await Promise.all([added, Promise.resolve().then(() => writer.last())]);
      });
      await expect(unsent).rejects.toMatchObject({ code: 'database/internal' });
      expect(await count('last-unaudited')).toBe(0);
    });

    it('commits nothing when any statement fails, and names the first that did', async () => {
      const failing = write(async (writer) => {
        at.recorder().recorded(writer);
        const added = [
          writer.execute(insertNote, ['last-a', 1]),
          writer.execute(insertNote, ['last-a', 1]),
          writer.execute(insertNote, ['last-b', 1]),
        ];
        writer.last();
        await Promise.all(added);
      });
      await expect(failing).rejects.toMatchObject({ code: 'database/conflict', details: { constraint: 'notes_pkey' } });
      expect(await count('last-a')).toBe(0);
      expect(await count('last-b')).toBe(0);
    });

    it('leaves the outcome open when the callback fails after the commit went out', async () => {
      const fault = new Error('too late');
      const late = write(async (writer) => {
        at.recorder().recorded(writer);
        const added = writer.execute(insertNote, ['last-late', 1]);
        writer.last();
        await added;
        throw fault;
      });
      await expect(late).rejects.toMatchObject({ code: 'database/commit-unknown', cause: fault });
      expect(await count('last-late')).toBe(1);
    });
  });

  it('prepares a statement again whose first run failed', async () => {
    const failing = prepared('contract/insert-twice', 'INSERT INTO notes (id, size) VALUES ($1, $2), ($1, $2)');
    const other = prepared('contract/insert-other', 'INSERT INTO notes (size, id) VALUES ($1, $2)');
    for (let round = 0; round < 2; round++) {
      const tried = write((writer) =>
        Promise.all([writer.execute(failing, ['again', 1]), writer.execute(other, [1, 'again'])]),
      );
      await expect(tried).rejects.toMatchObject({ code: 'database/conflict' });
    }
    const done = write(async (writer) => {
      at.recorder().recorded(writer);
      return writer.execute(other, [1, 'again']);
    });
    expect(await done).toBe(1);
  });
}

/** Transactions MUST NOT disturb each other. */
export function isolationContract(at: TestEngine): void {
  const { act, count } = actsOf(at);

  describe('transactions', () => {
    it('runs queries that were started together in order', async () => {
      const results = await act((writer) =>
        Promise.all([
          writer.execute(insertNote, ['together-1', 1]),
          writer.execute(insertNote, ['together-2', 2]),
          writer.queryOne(`SELECT count(*) AS n FROM notes WHERE id LIKE 'together-%'`, [], (row) => row.integer('n')),
        ]),
      );
      expect(results).toEqual([1, 1, 2]);
    });

    it('keeps parallel transactions apart', async () => {
      const writes = Array.from({ length: 20 }, (_, index) =>
        act(async (writer) => {
          await writer.execute(insertNote, [`parallel-${index}`, index]);
          if (index % 2 === 1) throw new Error('odd');
        }).catch(() => undefined),
      );
      await Promise.all(writes);
      expect(await count('parallel-')).toBe(10);
    });

    it('runs after-commit actions once, in order, after the commit only', async () => {
      const seen: string[] = [];
      await act(async (writer) => {
        writer.afterCommit(() => seen.push('first'));
        writer.afterCommit(() => {
          throw new Error('an action that fails changes nothing');
        });
        writer.afterCommit(() => seen.push('second'));
        await writer.execute(insertNote, ['after-1', 1]);
        expect(seen).toEqual([]);
      });
      const failed = act(async (writer) => {
        writer.afterCommit(() => seen.push('never'));
        throw new Error('rolled back');
      });
      await expect(failed).rejects.toThrow('rolled back');
      expect(seen).toEqual(['first', 'second']);
    });

    it('isolates serializable transactions, and says that a retry may help', async () => {
      if (at.engine === 'embedded') return; // one connection: transactions are serial already
      const total = 'SELECT sum(size) AS n FROM notes WHERE id LIKE $1';
      const meet = meetingOf(2);
      const racing = [1, 2].map((number) =>
        at.database().writeUnaudited(
          ANN,
          async (writer) => {
            await writer.queryOne(total, ['serial-%'], (row) => row.optionalInteger('n'));
            await meet();
            return writer.execute(insertNote, [`serial-${number}`, number]);
          },
          { reason: 'testing/fixture', isolation: 'serializable' },
        ),
      );
      const outcomes = await Promise.allSettled(racing);
      const [failure] = outcomes.filter((outcome) => outcome.status === 'rejected');
      expect(failure?.reason).toMatchObject({
        code: 'database/conflict',
        retryable: true,
        details: { reason: 'serialization' },
      });
      expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
    });
  });
}

/** A meeting point: each call resolves when all parties have called. */
function meetingOf(parties: number): () => Promise<void> {
  let missing = parties;
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return () => {
    missing -= 1;
    if (missing === 0) open();
    return opened;
  };
}
