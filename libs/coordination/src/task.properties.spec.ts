import { describe, expect, it } from '@jest/globals';
import { isRogatoryError, type ObjectId } from '@rogatory/kernel';
import { decodeTaskFacts, encodeTaskFacts } from '@rogatory/protocol';
import * as fc from 'fast-check';
import { leadsTo } from './task-dependencies.js';
import { TaskBoard } from './task-board.js';
import type { TaskChange } from './task.js';
import { type Attempt, attempts, changeOf, taskIds } from './testing/random-tasks.js';

const runs = { seed: 20261123, numRuns: process.env['ROGATORY_LONG'] === '1' ? 20_000 : 100 };

/** Everything that is tried, one after the other; what was accepted and what was not. */
function played(tries: readonly Attempt[]) {
  const board = new TaskBoard();
  const accepted: TaskChange[] = [];
  const refused: { readonly change: TaskChange; readonly code: string; readonly isTraceless: boolean }[] = [];
  tries.forEach((attempt, index) => {
    const id = taskIds[attempt.task] as ObjectId;
    const change = changeOf(attempt, board.find(id), index + 1);
    const before = board.find(id);
    try {
      board.apply(change);
      accepted.push(change);
    } catch (error) {
      if (!isRogatoryError(error)) throw error;
      refused.push({ change, code: error.code, isTraceless: board.find(id) === before });
    }
  });
  return { board, accepted, refused };
}

describe('any sequence of changes', () => {
  it('that one verifier accepted every other accepts, from the bytes alone, and comes to the same', () => {
    fc.assert(
      fc.property(attempts, (tries) => {
        const { board, accepted } = played(tries);
        const replay = new TaskBoard();
        for (const change of accepted) {
          replay.apply({ ...change, facts: decodeTaskFacts(encodeTaskFacts(change.facts)) });
        }
        expect(replay.tasks).toEqual(board.tasks);
      }),
      runs,
    );
  });

  it('never closes a circle', () => {
    fc.assert(
      fc.property(attempts, (tries) => {
        const { board } = played(tries);
        const after = (id: ObjectId) => board.find(id)?.dependencies ?? [];
        expect(board.tasks.filter(({ taskId }) => leadsTo(after(taskId), taskId, after))).toEqual([]);
      }),
      runs,
    );
  });

  it('overwrites nothing: versions rise by one, and what is refused leaves no trace', () => {
    fc.assert(
      fc.property(attempts, (tries) => {
        const { accepted, refused } = played(tries);
        expect(refused.filter(({ isTraceless }) => !isTraceless)).toEqual([]);
        for (const id of taskIds) {
          const versions = accepted.filter(({ taskId }) => taskId === id).map(({ version }) => version);
          expect(versions).toEqual(versions.map((_, index) => index + 1));
        }
      }),
      runs,
    );
  });

  it('is not only refused: the attempts reach every kind of outcome', () => {
    const codes = new Set<string>();
    fc.assert(
      fc.property(attempts, (tries) => {
        const { accepted, refused } = played(tries);
        if (accepted.length > 0) codes.add('accepted');
        for (const { code } of refused) codes.add(code);
      }),
      runs,
    );
    const wanted = ['accepted', 'cycle', 'dependency', 'doer', 'facts', 'previous', 'side', 'stale', 'transition'];
    expect([...codes]).toEqual(
      expect.arrayContaining(wanted.map((code) => (code === 'accepted' ? code : `task/${code}`))),
    );
  });
});
