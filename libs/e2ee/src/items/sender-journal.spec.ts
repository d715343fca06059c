import { describe, expect, it } from '@jest/globals';
import { RefusedError, UsageError } from '@rogatory/kernel';
import fc from 'fast-check';
import { runs } from '../testing/runs.js';
import {
  emptySenderJournal,
  journalItem,
  nextItemNumber,
  reconcileSender,
  type SenderHead,
  type SenderJournal,
  voidPendingItem,
} from './sender-journal.js';

const hashOf = (tag: number): Uint8Array => {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(0, tag);
  return bytes;
};
const sealed = (journal: SenderJournal, tag: number): SenderJournal =>
  journalItem(journal, { senderSeq: nextItemNumber(journal).senderSeq, itemHash: hashOf(tag), bytes: hashOf(tag) });

describe('sender journal', () => {
  it('begins at number 1 with no predecessor', () => {
    expect(nextItemNumber(emptySenderJournal)).toEqual({
      senderSeq: 1,
      voids: 0,
      previousSenderHash: new Uint8Array(32),
    });
  });

  it('gives no number while an item is pending, and takes none out of turn', () => {
    const journal = sealed(emptySenderJournal, 1);
    expect(() => nextItemNumber(journal)).toThrow(UsageError);
    expect(() => journalItem(emptySenderJournal, { senderSeq: 2, itemHash: hashOf(1), bytes: hashOf(1) })).toThrow(
      UsageError,
    );
  });

  it('spends the number of a refused item and says so in the next', () => {
    const journal = voidPendingItem(sealed(voidPendingItem(sealed(emptySenderJournal, 1)), 2));
    expect(nextItemNumber(journal)).toMatchObject({ senderSeq: 3, voids: 2 });
  });

  it('sends the very same bytes again when the answer was lost before the item was stored', () => {
    const journal = sealed(emptySenderJournal, 5);
    expect(reconcileSender(journal, emptySenderJournal.accepted).fate).toEqual({
      kind: 'send-again',
      bytes: hashOf(5),
    });
  });

  it('refuses to go on when the log knows more than the journal: the state was copied or restored', () => {
    const before = sealed(emptySenderJournal, 1);
    const ahead: SenderHead = { senderSeq: 2, itemHash: hashOf(9) };
    expect(() => reconcileSender(before, ahead)).toThrow(RefusedError);
    expect(() => reconcileSender(before, { senderSeq: 1, itemHash: hashOf(9) })).toThrow(RefusedError);
  });

  it('goes on when the server stores an item after all that was given up', () => {
    const givenUp = voidPendingItem(sealed(emptySenderJournal, 1));
    const waiting = sealed(givenUp, 2);
    const { journal, fate } = reconcileSender(waiting, { senderSeq: 1, itemHash: hashOf(1) });
    expect(fate.kind).toBe('overtaken');
    expect(nextItemNumber(journal)).toEqual({ senderSeq: 3, voids: 1, previousSenderHash: hashOf(1) });
  });

  it('never gives one number to two byte strings, whatever is refused, lost or crashed', () => {
    const step = fc.constantFrom('accept', 'refuse', 'lose-answer', 'crash-before-send');
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let journal = emptySenderJournal;
        let log: SenderHead = journal.accepted;
        const sent = new Map<number, Uint8Array>();
        steps.forEach((what, tag) => {
          const squared = reconcileSender(journal, log);
          journal = squared.fate.kind === 'send-again' ? squared.journal : sealed(squared.journal, tag + 1);
          const pending = journal.pending;
          if (pending === undefined) throw new Error('nothing pending');
          if (what === 'crash-before-send') return;
          const earlier = sent.get(pending.senderSeq);
          expect(earlier ?? pending.bytes).toEqual(pending.bytes);
          sent.set(pending.senderSeq, pending.bytes);
          if (what === 'refuse') journal = voidPendingItem(journal);
          else log = { senderSeq: pending.senderSeq, itemHash: pending.itemHash };
          if (what === 'accept') journal = reconcileSender(journal, log).journal;
        });
      }),
      { seed: 11, numRuns: runs(300) },
    );
  });
});
