import { describe, expect, it } from '@jest/globals';
import type { ObjectId } from '@rogatory/kernel';
import { type BoardEntry, encodeBoardEntry, encodeOperationPlan, type EntryBody } from '@rogatory/protocol';
import { BoardFold, boardOf, type BoardRecord } from './board-fold.js';
import type { Board } from './board-view.js';
import {
  alertId,
  author,
  hashOf,
  idOf,
  lead,
  operationId,
  personOf,
  planContent,
  planFacts,
  RecordBook,
} from './testing/operation-records.js';

const board = (book: RecordBook): Board => boardOf(operationId, book.records);
const note = '';
const step = (stepId: number, mark: 1 | 2 | 3 | 4): BoardEntry => ({ kind: 'step', stepId, mark, note });
const cocaine = { code: 111, other: '', quantity: { digits: 125, scale: 1 }, unit: 2 } as const;
const seizure = (changes: Partial<EntryBody & { kind: 'event' }> = {}): BoardEntry => ({
  ...{ kind: 'event', type: 5, leg: 0, count: 1, haul: cocaine, note },
  ...changes,
});
const correction = (of: BoardRecord, given?: EntryBody): BoardEntry => ({
  ...{ kind: 'correction', entryId: of.objectId, entryHash: of.itemHash, note: 'counted again' },
  ...(given === undefined ? {} : { given }),
});
const codes = (book: RecordBook) => board(book).setAside.map(({ code }) => code);

/** What becomes of one entry on a running operation. */
function asideOf(by: Parameters<RecordBook['entry']>[0], entry: BoardEntry, book = new RecordBook().go()): string {
  const { place } = book.entry(by, entry);
  return board(book).setAside.find(({ head }) => head.place === place)?.code ?? 'taken';
}

describe('what is set aside', () => {
  const cases: readonly (readonly [string, string, string, BoardEntry])[] = [
    ['own step', 'taken', 'FR', step(1, 2)],
    ["another state's step", 'board/other-state', 'FR', step(2, 2)],
    ['a step that the plan has not', 'board/unknown-step', 'FR', step(9, 2)],
    ['a hold that is only ticked', 'board/mismatch', 'FR', step(3, 2)],
    ['a restore that is only ticked', 'board/mismatch', 'FR', step(4, 2)],
    ['a hold that is not needed', 'taken', 'FR', step(3, 4)],
    ['an event on its own leg', 'taken', 'BE', seizure({ leg: 2 })],
    ["an event on another's leg", 'board/other-state', 'BE', seizure({ leg: 1 })],
    ['an event on no leg of the plan', 'board/unknown-leg', 'BE', seizure({ leg: 3 })],
    ['an unknown substance', 'board/unknown-substance', 'BE', seizure({ haul: { ...cocaine, code: 110 } })],
    ['a text beside a code', 'board/unknown-substance', 'BE', seizure({ haul: { ...cocaine, other: 'x' } })],
    [
      'another substance without a text',
      'board/unknown-substance',
      'BE',
      seizure({ haul: { ...cocaine, code: 65_535 } }),
    ],
    ['another substance', 'taken', 'BE', seizure({ haul: { ...cocaine, code: 65_535, other: 'x' } })],
    ['cocaine in litres', 'board/unit', 'BE', seizure({ haul: { ...cocaine, unit: 5 } })],
    ['an instrument by who issues', 'taken', 'FR', { kind: 'instrument', instrumentId: 1, readiness: 5, note }],
    ['an instrument by who executes', 'taken', 'BE', { kind: 'instrument', instrumentId: 1, readiness: 5, note }],
    [
      'an instrument by a third',
      'board/other-state',
      'NL',
      { kind: 'instrument', instrumentId: 1, readiness: 5, note },
    ],
    ['no instrument', 'board/unknown-instrument', 'FR', { kind: 'instrument', instrumentId: 2, readiness: 5, note }],
    ['a hit', 'taken', 'FR', { kind: 'alert', alertId, state: 4, authority: 'SIRENE', note }],
    ['a hold without the act', 'board/mismatch', 'FR', { kind: 'alert', alertId, state: 2, authority: '', note }],
    [
      'an end of a hold without the act',
      'board/mismatch',
      'FR',
      { kind: 'alert', alertId, state: 1, authority: '', note },
    ],
    ["a hit on another's alert", 'board/other-state', 'BE', { kind: 'alert', alertId, state: 4, authority: '', note }],
    [
      ...(['no alert of the plan', 'board/unknown-alert', 'FR'] as const),
      { kind: 'alert', alertId: idOf<ObjectId>(1), state: 4, authority: '', note },
    ],
    ['a note', 'taken', 'NL', { kind: 'note', note: 'quiet' }],
  ];

  it.each(cases)('%s: %s', (_, code, state, entry) => {
    expect(asideOf(author(state), entry)).toBe(code);
  });

  it('more than a note by who is no party', () => {
    const eu = lead('EU');
    expect(asideOf(eu, { kind: 'note', note: 'hello' })).toBe('taken');
    expect(asideOf(eu, step(1, 2))).toBe('board/not-party');
    const book = new RecordBook().go();
    const own = book.entry(eu, { kind: 'note', note: 'hello' });
    expect(asideOf(eu, correction(own), book)).toBe('taken');
  });

  it('events before the go and after the end; steps go on before', () => {
    const early = new RecordBook();
    early.plan();
    expect(asideOf(author('FR'), step(1, 1), early)).toBe('taken');
    expect(asideOf(author('FR'), seizure(), early)).toBe('board/not-running');
    const ended = new RecordBook().go();
    const waiting = ended.entryDraft(author('BE'), seizure(), true);
    ended.add(lead('FR'), { act: 'finish' });
    expect(asideOf(author('FR'), seizure(), ended)).toBe('board/ended');
    expect(asideOf(author('FR'), step(1, 2), ended)).toBe('board/ended');
    expect(asideOf(author('FR'), step(4, 4), ended)).toBe('taken');
    const arrived = ended.draft(author('BE'), { act: 'finish' });
    ended.keep({ ...waiting, ...{ place: arrived.place, itemHash: arrived.itemHash, time: arrived.time } });
    expect(board(ended).entries.at(-1)?.head).toMatchObject({ isQueued: true, isLate: true });
    expect(board(ended).tallies.total.counts.seizure).toBe(1);
  });

  it('what does not open or is malformed, with its effect on the state kept', () => {
    const book = new RecordBook().go();
    book.keep(book.entryDraft(author('FR'), { kind: 'note', note }));
    const last = book.records.pop() as BoardRecord;
    const { content: _, ...closed } = last;
    book.records.push(closed);
    book.add(author('FR'), { act: 'suspend' }, Uint8Array.of(1));
    expect(codes(book)).toEqual(['board/unreadable', 'board/unreadable']);
    expect(board(book).status.stage).toBe('suspended');
    expect(board(book).log.some(({ act }) => act === 'suspend')).toBe(false);
  });

  it('records that the facts refuse, without any effect', () => {
    const book = new RecordBook().go();
    const before = board(book);
    book.add(author('NL'), { act: 'resume' });
    const twice = book.records.at(-2) as BoardRecord;
    book.keep({ ...twice, place: 90, itemHash: hashOf(90) });
    const entry = book.entry(author('FR'), step(1, 1));
    book.keep({ ...entry, place: 120, itemHash: hashOf(120) });
    const foreign = book.draft(author('FR'), { act: 'abort' });
    const other = idOf<ObjectId>(77);
    book.keep({ ...foreign, objectId: other, facts: { ...foreign.facts, operationId: other } });
    expect(codes(book)).toEqual(['operation/transition', 'operation/twice', 'operation/twice', 'operation/object']);
    expect(board(book).status).toEqual({
      ...before.status,
      records: before.status.records + 1,
      logTimeMs: entry.headTimeMs,
    });
  });
});

describe('plans', () => {
  it('are set aside when they name what they have not', () => {
    const { steps, legs } = planContent();
    const [first, , hold] = steps;
    if (first === undefined || hold === undefined) throw new Error('the plan has steps');
    const { alertId: _, ...withoutAlert } = hold;
    const wrong = [
      { steps: [{ ...first, phase: 2 }] },
      { steps: [{ ...first, leg: 3 }] },
      { steps: [{ ...first, state: 'DE' }] },
      { steps: [{ ...first, alertId }] },
      { steps: [withoutAlert] },
      { alerts: [] },
      { legs: legs.map((leg) => ({ ...leg, state: 'DE' })) },
    ];
    for (const changes of wrong) {
      const book = new RecordBook();
      book.plan(lead('FR'), planFacts(), planContent(changes));
      expect(codes(book)).toEqual(['board/plan']);
      expect(board(book)).toMatchObject({ steps: [], alerts: [], status: { stage: 'planned' } });
      expect(board(book).plan).toBeUndefined();
    }
    const newer = new RecordBook();
    newer.plan(lead('FR'), planFacts(), planContent({ listVersion: 2 }));
    expect(codes(newer)).toEqual(['board/list-unknown']);
  });

  it('that change while the operation runs keep what entries named', () => {
    const plan = planContent();
    const dropping: readonly (readonly [BoardEntry, Partial<typeof plan>])[] = [
      [step(1, 1), { steps: plan.steps.slice(1) }],
      [step(1, 1), { steps: plan.steps.map((each) => (each.id === 1 ? { ...each, state: 'BE' } : each)) }],
      [seizure({ leg: 1 }), { legs: plan.legs.slice(1) }],
      [{ kind: 'instrument', instrumentId: 1, readiness: 5, note }, { instruments: [] }],
      [
        { kind: 'alert', alertId, state: 4, authority: '', note },
        { alerts: [], steps: plan.steps.slice(0, 2) },
      ],
    ];
    for (const [entry, changes] of dropping) {
      const book = new RecordBook().go();
      book.plan(lead('FR'), planFacts(), planContent(changes));
      expect(codes(book)).toEqual([]);
      const named = new RecordBook().go();
      named.entry(author('FR'), entry);
      named.plan(lead('FR'), planFacts(), planContent(changes));
      expect(codes(named)).toEqual(['board/plan']);
      expect(board(named).plan).toEqual(plan);
    }
  });
});

describe('steps', () => {
  const stepOf = (book: RecordBook, id = 1) => board(book).steps.find((each) => each.step.id === id);

  it('take the first mark; a second tick is shown as a duplicate and counted once', () => {
    const book = new RecordBook().go();
    book.entry(author('FR', 10), step(1, 1));
    const done = book.entry(author('FR', 11), step(1, 2));
    const again = book.entry(author('FR', 12), step(1, 2));
    book.entry(author('FR', 10), step(1, 1));
    const { mark, by, duplicates, contradictions } = stepOf(book) ?? {};
    expect({ mark, by: by?.place }).toEqual({ mark: 2, by: done.place });
    expect(duplicates?.map(({ place }) => place)).toEqual([again.place]);
    expect(contradictions).toEqual([]);
    expect(board(book).progress).toEqual([
      { state: 'BE', steps: 1, done: 0, begun: 0, failed: 0, notNeeded: 0 },
      { state: 'FR', steps: 3, done: 1, begun: 0, failed: 0, notNeeded: 0 },
      { state: 'NL', steps: 0, done: 0, begun: 0, failed: 0, notNeeded: 0 },
    ]);
  });

  it('show what contradicts until it is corrected', () => {
    const book = new RecordBook().go();
    const done = book.entry(author('FR'), step(1, 2));
    const failed = book.entry(author('FR', 2), step(1, 3));
    expect(stepOf(book)).toMatchObject({ mark: 2, contradictions: [{ place: failed.place }] });
    book.entry(author('FR', 3), correction(done));
    expect(stepOf(book)).toMatchObject({ mark: 3, contradictions: [] });
    expect(board(book).progress[1]).toMatchObject({ done: 0, failed: 1 });
  });

  it('are done by the hold and the restore themselves', () => {
    const book = new RecordBook().go();
    const hold = book.alert(author('FR'), 'hold');
    expect(stepOf(book, 3)).toMatchObject({ mark: 2, by: { place: hold.place } });
    expect(board(book).alerts).toMatchObject([
      { state: 2, heldBy: 'FR', changes: [{ state: 2, authority: 'SIRENE FR' }] },
    ]);
    expect(stepOf(book, 4)?.mark).toBeUndefined();
    book.alert(author('FR'), 'restore', { state: 4 });
    expect(stepOf(book, 4)?.mark).toBe(2);
    const [alert] = board(book).alerts;
    expect(alert).toMatchObject({ state: 4, changes: [{ state: 2 }, { state: 4 }] });
    expect(alert?.heldBy).toBeUndefined();
  });

  it('are not done by a hold of who may not; it counts by its facts all the same', () => {
    const book = new RecordBook().go();
    book.alert(author('BE'), 'hold');
    expect(codes(book)).toEqual(['board/other-state']);
    expect(board(book).alerts).toMatchObject([{ state: 2, heldBy: 'BE', changes: [] }]);
    book.alert(author('BE'), 'restore');
    expect(codes(book)).toEqual(['board/other-state']);
    expect(board(book).status.held.size).toBe(0);
  });

  it('a hold that seals another alert than its facts name is set aside', () => {
    const book = new RecordBook().go();
    book.alert(author('FR'), 'hold', { alertId: idOf<ObjectId>(3) });
    book.alert(author('FR'), 'restore', { state: 2 });
    expect(codes(book)).toEqual(['board/mismatch', 'board/mismatch']);
  });
});

describe('corrections', () => {
  const sum = (book: RecordBook) => board(book).tallies.total.substances.map(({ quantity }) => quantity);
  const given = (digits: number): EntryBody => ({
    ...{ kind: 'event', type: 5, leg: 0, count: 1, haul: { ...cocaine, quantity: { digits, scale: 0 } } },
  });

  it('stand in the place of the entry, the newest of them, and erase nothing', () => {
    const book = new RecordBook().go();
    const first = book.entry(author('FR', 10), seizure());
    book.entry(author('FR', 11), correction(first, given(11)));
    const second = book.entry(author('FR', 12), correction(first, given(13)));
    expect(sum(book)).toEqual(['13']);
    const [entry] = board(book).entries;
    expect(entry).toMatchObject({ head: { place: first.place, author: { personId: personOf('FR', 10) } } });
    expect(entry?.note).toBe('counted again');
    expect(entry?.corrections.at(-1)?.place).toBe(second.place);
    expect(
      board(book)
        .log.slice(-3)
        .map(({ entry: each }) => each?.kind),
    ).toEqual(['event', 'correction', 'correction']);
    book.entry(author('FR', 12), correction(first));
    expect(sum(book)).toEqual([]);
    expect(board(book).entries[0]?.body).toBeUndefined();
    expect(board(book).tallies.total.counts.seizure).toBe(0);
  });

  it('are for the same state, of what is there, as the same kind and by the rules of entries', () => {
    const make = () => {
      const book = new RecordBook().go();
      return { book, first: book.entry(author('FR'), seizure()) };
    };
    const code = (by: string, change: (first: BoardRecord) => BoardEntry) => {
      const { book, first } = make();
      return asideOf(author(by), change(first), book);
    };
    expect(code('BE', (first) => correction(first))).toBe('board/other-state');
    expect(code('FR', (first) => correction({ ...first, itemHash: hashOf(1) }))).toBe('board/correction');
    expect(code('FR', (first) => correction({ ...first, objectId: idOf<ObjectId>(1) }))).toBe('board/correction');
    expect(code('FR', (first) => correction(first, { kind: 'step', stepId: 1, mark: 2 }))).toBe('board/correction');
    expect(code('FR', (first) => correction(first, { ...given(1), leg: 2 } as EntryBody))).toBe('board/other-state');
    const { book, first } = make();
    const correcting = book.entry(author('FR'), correction(first));
    expect(asideOf(author('FR'), correction(correcting), book)).toBe('board/correction');
  });

  it('of an event are possible after the end', () => {
    const book = new RecordBook().go();
    const first = book.entry(author('FR'), seizure());
    book.add(lead('FR'), { act: 'finish' });
    expect(asideOf(author('FR'), correction(first, given(1)), book)).toBe('taken');
  });
});

describe('instruments', () => {
  it('show what was reported last', () => {
    const book = new RecordBook().go();
    expect(board(book).instruments).toMatchObject([{ readiness: 1 }]);
    const report = book.entry(author('BE'), { kind: 'instrument', instrumentId: 1, readiness: 4, note });
    const last = book.entry(author('FR'), { kind: 'instrument', instrumentId: 1, readiness: 6, note });
    expect(board(book).instruments).toMatchObject([{ readiness: 6, by: { place: last.place } }]);
    book.entry(author('FR'), correction(last));
    expect(board(book).instruments).toMatchObject([{ readiness: 4, by: { place: report.place } }]);
  });
});

describe('the fold', () => {
  it('takes each place once, in order', () => {
    const { records } = new RecordBook().go();
    const fold = new BoardFold(operationId);
    expect(() => fold.board()).toThrow(expect.objectContaining({ code: 'board/no-plan' }));
    for (const record of records) fold.apply(record);
    const [first, second] = records as [BoardRecord, BoardRecord];
    fold.apply(second);
    expect(() => fold.apply({ ...second, itemHash: hashOf(3) })).toThrow(
      expect.objectContaining({ code: 'board/fork' }),
    );
    expect(() => fold.apply({ ...first, place: 1 })).toThrow(expect.objectContaining({ code: 'board/out-of-order' }));
    expect(() => fold.apply({ place: 1, departed: [] })).toThrow(
      expect.objectContaining({ code: 'board/out-of-order' }),
    );
    expect(fold.status?.stage).toBe('running');
  });

  it('drops the vote of who departs before it is decided, once', () => {
    const book = new RecordBook();
    book.plan();
    book.call();
    book.vote(author('FR'), 1);
    const departure = { place: 13, departed: [personOf('FR')] };
    const fold = new BoardFold(operationId);
    for (const next of [...book.records, departure, departure]) fold.apply(next);
    expect(fold.status?.call?.votes.size).toBe(0);
    const again = {
      ...(book.records[2] as BoardRecord),
      place: 14,
      itemHash: hashOf(14),
      objectId: idOf<ObjectId>(14),
    };
    fold.apply(again);
    fold.apply(departure);
    expect(fold.status?.call?.votes.size).toBe(1);
  });

  it('shows a plan that is not in its content as unreadable', () => {
    const book = new RecordBook();
    const entry = encodeBoardEntry({ kind: 'note', note });
    book.add(lead('FR'), { act: 'plan', ...planFacts() }, entry);
    book.add(lead('FR'), { act: 'plan', ...planFacts() }, encodeOperationPlan(planContent()));
    expect(codes(book)).toEqual(['board/unreadable']);
    expect(board(book).plan).toEqual(planContent());
  });
});
