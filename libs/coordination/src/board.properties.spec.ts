import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { BoardEntry } from '@rogatory/protocol';
import { BoardFold, type BoardHistory, boardOf, type BoardRecord } from './board-fold.js';
import { author, idOf, lead, operationId, personOf, RecordBook } from './testing/operation-records.js';

type Deed = readonly [what: number, who: number, which: number];

const states = ['BE', 'FR', 'NL', 'DE'];
const note = '';

/** Some record, right or wrong, by somebody. */
function write(book: RecordBook, [what, who, which]: Deed): void {
  const state = states[who % states.length] as string;
  const by = who % 3 === 0 ? lead(state, who) : author(state, who);
  const entries: readonly BoardEntry[] = [
    { kind: 'step', stepId: 1 + (which % 5), mark: (1 + (which % 4)) as 1 | 2 | 3 | 4, note },
    {
      ...{ kind: 'event', type: 5, leg: which % 4, count: 1, note },
      haul: { code: 111, other: '', quantity: { digits: 1 + 10 * which, scale: 1 }, unit: (1 + (which % 7)) as 1 | 2 },
      worth: { value: { digits: 3, scale: 1 }, currency: 'EUR' },
    },
    { kind: 'event', type: 1, leg: 0, count: 1 + which, note },
    { kind: 'instrument', instrumentId: 1 + (which % 2), readiness: 5, note },
  ];
  if (what < 8) {
    const entry = entries[what % 4] as BoardEntry;
    if (entry.kind === 'event' && entry.haul?.unit === 7) return;
    book.entry(by, entry, which % 2 === 0);
  } else if (what === 8) {
    const of = book.records[which % book.records.length] as BoardRecord;
    book.entry(by, { kind: 'correction', entryId: of.objectId, entryHash: of.itemHash, note });
  } else if (what === 9) book.alert(by, which % 2 === 0 ? 'hold' : 'restore');
  else if (what === 10)
    book.add(by, { act: (['suspend', 'resume', 'abort', 'finish'] as const)[which % 4] ?? 'finish' });
  else if (what === 11) book.vote(by, 1);
  else book.call(by);
}

const deed = fc.tuple(fc.nat(12), fc.nat(11), fc.nat(20));

describe('the board', () => {
  const runs = { seed: 11, numRuns: process.env['ROGATORY_LONG'] === '1' ? 2_000 : 60 };

  it('is the same however its records are delivered, and duplicates change nothing', () => {
    fc.assert(
      fc.property(
        fc.array(deed, { maxLength: 40 }),
        fc.array(fc.nat(), { minLength: 80, maxLength: 80 }),
        (deeds, order) => {
          const book = new RecordBook().go();
          for (const each of deeds) write(book, each);
          const departure = { place: 5_000, departed: [personOf('FR')] };
          const history: BoardHistory[] = [...book.records, departure];
          const delivered = [...history, ...history.slice(0, 7)]
            .map((each, i) => [each, order[i % order.length] as number] as const)
            .sort(([, a], [, b]) => a - b)
            .map(([each]) => each);
          const expected = boardOf(operationId, history);
          expect(boardOf(operationId, delivered)).toEqual(expected);
          const live = new BoardFold(operationId);
          for (const each of history) {
            live.apply(each);
            live.apply(each);
            live.board();
          }
          expect(live.board()).toEqual(expected);
        },
      ),
      runs,
    );
  });

  it('has every record once: in the log or set aside', () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 40 }), (deeds) => {
        const book = new RecordBook().go();
        for (const each of deeds) write(book, each);
        const { log, setAside, entries } = boardOf(operationId, book.records);
        const shown = [...log.map(({ place }) => place), ...setAside.map(({ head }) => head.place)];
        expect(shown.sort((a, b) => a - b)).toEqual(book.records.map(({ place }) => place));
        expect(entries.every(({ head }) => log.some(({ objectId }) => objectId === head.objectId))).toBe(true);
      }),
      runs,
    );
  });

  it('has no other state than what its states say: nobody marks a step of another', () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 40 }), (deeds) => {
        const book = new RecordBook().go();
        for (const each of deeds) write(book, each);
        const { steps, alerts } = boardOf(operationId, book.records);
        expect(steps.every(({ step, by }) => by === undefined || by.author.state === step.state)).toBe(true);
        expect(
          alerts.every(({ alert, changes }) => changes.every(({ head }) => head.author.state === alert.issuingState)),
        ).toBe(true);
      }),
      runs,
    );
  });

  it('makes one tick of 5,000 marks of one step, and 4,999 duplicates', () => {
    const book = new RecordBook().go();
    const entry: BoardEntry = { kind: 'step', stepId: 1, mark: 2, note };
    const draft = book.entryDraft(author('FR'), entry);
    const many = Array.from({ length: 5_000 }, (_, i) => ({
      ...{ ...draft, place: 100 + i, objectId: idOf<BoardRecord['objectId']>(0x900000 + i) },
      itemHash: Uint8Array.of(i >> 8, i & 255),
    }));
    const [step] = boardOf(operationId, [...book.records, ...many]).steps;
    expect(step?.duplicates).toHaveLength(4_999);
  });
});
