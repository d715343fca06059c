import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { limits, type ObjectId } from '@rogatory/kernel';
import { caseRoles, type OperationActName, operationActs, votes } from '@rogatory/protocol';
import type { BoardRecord } from './board-fold.js';
import { withoutVotesOf } from './operation-quorum.js';
import type { RecordAuthor } from './operation-record.js';
import { applyOperation, capacitiesOf, isLateRecord, operationRules } from './operation-rules.js';
import { type OperationStage, operationStages, type OperationStatus } from './operation-status.js';
import { codeOf } from './testing/code-of.js';
import {
  alertId,
  author,
  hashOf,
  idOf,
  lead,
  operationId,
  personOf,
  planFacts,
  RecordBook,
} from './testing/operation-records.js';

const fold = (records: readonly BoardRecord[]): OperationStatus =>
  records.reduce<OperationStatus | undefined>(applyOperation, undefined) as OperationStatus;

const on = (book: RecordBook, record: BoardRecord): string =>
  codeOf(() => applyOperation(book.records.length === 0 ? undefined : fold(book.records), record));

/** An operation at a stage, with an alert on hold where that can be. */
function at(stage: OperationStage | 'none', isHeld = false): RecordBook {
  const book = new RecordBook();
  if (stage === 'none') return book;
  if (stage === 'planned') {
    book.plan();
  } else if (stage === 'pending') {
    book.plan();
    book.call();
  } else book.go();
  if (isHeld) book.alert(author('FR'), 'hold');
  if (stage === 'suspended') book.add(author('FR'), { act: 'suspend' });
  if (stage === 'aborted') book.add(author('FR'), { act: 'abort' });
  if (stage === 'finished' || stage === 'frozen') book.add(lead('FR'), { act: 'finish' });
  if (stage === 'frozen') book.add(lead('FR'), { act: 'freeze' });
  return book;
}

function draftOf(book: RecordBook, act: OperationActName, by: RecordAuthor): BoardRecord {
  const clock = book.draft(by, { act: 'finish' }).time;
  const hash = (of: OperationActName) => book.records.findLast(({ facts }) => facts.act === of)?.itemHash ?? hashOf(0);
  switch (act) {
    case 'plan':
      return book.draft(by, { act, ...planFacts() });
    case 'call':
      return book.draft(by, { act, planHash: hash('plan'), expiresAtMs: clock.timeMs + 1 });
    case 'vote':
      return book.draft(by, { act, callHash: hash('call'), vote: votes.go });
    case 'entry':
      return book.draft(by, { act, acted: clock, isQueued: false });
    case 'hold':
    case 'restore':
      return book.draft(by, { act, acted: clock, isQueued: false, alertId });
    case 'endorse':
      return book.draft(by, { act, freezeHash: hash('freeze') });
    default:
      return book.draft(by, { act });
  }
}

const acts = Object.keys(operationActs) as OperationActName[];
const stages = ['none', ...operationStages] as const;

/** What `at` gives, made once for each stage. */
function kept(
  stage: OperationStage | 'none',
  isHeld: boolean,
): { book: RecordBook; status: OperationStatus | undefined } {
  const key = `${stage} ${isHeld}`;
  const known = books.get(key);
  if (known !== undefined) return known;
  const book = at(stage, isHeld);
  const made = { book, status: stage === 'none' ? undefined : fold(book.records) };
  books.set(key, made);
  return made;
}
const books = new Map<string, { book: RecordBook; status: OperationStatus | undefined }>();

describe('the table of acts', () => {
  const people: readonly (readonly [string, RecordAuthor])[] = [
    ['coordinator', author('EU', 20, caseRoles.liaison)],
    ['coordinator of a party', author('FR', 20, caseRoles.lead)],
    ['representative', author('FR', 1)],
    ['party member', author('FR', 20)],
    ['reader', author('FR', 1, caseRoles.reader)],
    ['administrator', author('FR', 2, caseRoles.spaceAdministrator)],
    ['outsider', author('DE', 1)],
  ];

  it.each(people)('lets a %s do what it says, and nothing else', (_, by) => {
    const wrong: string[] = [];
    for (const stage of stages) {
      for (const act of acts) {
        const book = kept(stage, act === 'restore' && stage !== 'frozen' && stage !== 'finished' && stage !== 'none');
        const rule = operationRules[act];
        const capacities = capacitiesOf(by, planFacts());
        const isEntitled = rule.by.some((capacity) => capacities.includes(capacity));
        const expected = !rule.in.includes(stage)
          ? stage === 'none'
            ? 'operation/unknown'
            : 'operation/transition'
          : !isEntitled
            ? 'operation/not-entitled'
            : (exceptions[`${act} ${stage}`] ?? 'accepted');
        const code = codeOf(() => applyOperation(book.status, draftOf(book.book, act, by)));
        if (code !== expected) wrong.push(`${act} in ${stage}: ${code} instead of ${expected}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  /** Where the act is possible but not in this very situation. */
  const exceptions: Readonly<Record<string, string>> = {
    'suspend suspended': 'operation/twice',
    'restore finished': 'operation/alert-not-held',
  };

  it('says who is what', () => {
    expect(capacitiesOf(author('EU', 1, caseRoles.liaison), planFacts())).toEqual(['coordinator']);
    expect(capacitiesOf(author('BE', 2, caseRoles.lead), planFacts())).toEqual([
      ...['coordinator', 'coordinator of a party', 'representative', 'party member'],
    ]);
    expect(capacitiesOf(author('BE', 3), planFacts())).toEqual(['party member']);
    expect(capacitiesOf(author('BE', 1), undefined)).toEqual([]);
  });

  it('is the one of the specification', () => {
    const text = readFileSync(join(import.meta.dirname, '../../../docs/spec/operations.md'), 'utf8');
    const rows = [...text.matchAll(/^\| (\w+) \| ([^|]+) \| ([^|]+) \| [^|]+ \|$/gm)].map((row) => row.slice(1, 4));
    const stated = (act: OperationActName) => rows.filter(([name, by]) => name === act && by !== '');
    for (const act of acts) {
      const by = new Set(stated(act).flatMap(([, names]) => (names ?? '').split(', ')));
      const where = stated(act).flatMap(([, , names]) => (names ?? '').replace(/ \(.*\)$/, '').split(', '));
      const all = where.includes('all but frozen') ? operationStages.filter((stage) => stage !== 'frozen') : where;
      const own = all.map((name) => (name === 'no operation yet' ? 'none' : name));
      const known = own.map((name) => (name === 'suspended by their own state' ? 'suspended' : name));
      expect({ act, by: [...by].sort(), in: [...new Set(known)].sort() }).toEqual({
        ...{ act, by: [...operationRules[act].by].sort(), in: [...operationRules[act].in].sort() },
      });
    }
  });
});

describe('commands', () => {
  it('are refused when they were made for another version, with the one in force', () => {
    const book = at('running');
    const record = { ...book.draft(lead('FR'), { act: 'finish' }), version: 2 };
    expect(() => applyOperation(fold(book.records), record)).toThrow(
      expect.objectContaining({ code: 'operation/stale', details: { version: 2 }, retryable: true }),
    );
    expect(on(book, { ...record, version: 4 })).toBe('operation/stale');
    expect(on(book, { ...record, version: 3 })).toBe('accepted');
  });

  it('have the object id of the operation, own records have not', () => {
    const book = at('running');
    const finish = book.draft(lead('FR'), { act: 'finish' });
    const entry = draftOf(book, 'entry', author('FR'));
    expect(on(book, { ...finish, objectId: idOf<ObjectId>(5) })).toBe('operation/object');
    expect(on(book, { ...entry, objectId: operationId })).toBe('operation/object');
    expect(on(book, { ...entry, version: 2 })).toBe('operation/object');
    const other = { ...entry, facts: { ...entry.facts, operationId: idOf<ObjectId>(6) } };
    expect(on(book, other)).toBe('operation/object');
  });

  it('change nothing of what was before them', () => {
    const book = at('running');
    const before = fold(book.records);
    const copy = structuredClone(before);
    applyOperation(before, book.draft(author('FR'), { act: 'suspend' }));
    applyOperation(before, draftOf(book, 'hold', author('FR')));
    expect(before).toEqual(copy);
  });

  it('amend a running plan without touching kind, quorum and parties', () => {
    const book = at('running');
    const amended = (changes: Parameters<typeof planFacts>[0]) =>
      on(book, book.draft(lead('FR'), { act: 'plan', ...planFacts(changes) }));
    const { parties } = planFacts();
    const others = parties.map((party) => ({ ...party, representatives: [personOf(party.state, 9)] }));
    expect(amended({ parties: others })).toBe('accepted');
    expect(amended({ kind: 1 })).toBe('operation/parties-fixed');
    expect(amended({ needed: 1 })).toBe('operation/parties-fixed');
    expect(amended({ parties: parties.slice(1) })).toBe('operation/parties-fixed');
    const required = parties.map((party) => ({ ...party, isRequired: true }));
    expect(amended({ parties: required })).toBe('operation/parties-fixed');
    book.plan(lead('FR'), planFacts({ parties: others }));
    expect(fold(book.records)).toMatchObject({ stage: 'running', version: 3, plan: { parties: others } });
  });

  it('suspend by state, and only that state lifts it', () => {
    const book = at('running');
    book.add(author('FR'), { act: 'suspend' });
    book.add(author('BE'), { act: 'suspend' });
    expect(on(book, book.draft(author('NL'), { act: 'resume' }))).toBe('operation/not-entitled');
    expect(on(book, book.draft(author('BE', 2), { act: 'suspend' }))).toBe('operation/twice');
    book.add(author('FR', 2), { act: 'resume' });
    expect(fold(book.records)).toMatchObject({ stage: 'suspended', suspendedBy: new Set(['BE']) });
    book.add(author('BE'), { act: 'resume' });
    expect(fold(book.records).stage).toBe('running');
  });

  it('freeze the log as it stands, and no other', () => {
    const book = at('finished');
    const freeze = book.draft(lead('FR'), { act: 'freeze' });
    expect(on(book, { ...freeze, logSize: freeze.place - 1 })).toBe('operation/head');
    book.keep(freeze);
    expect(fold(book.records).freeze).toEqual({ hash: freeze.itemHash, place: freeze.place });
  });
});

describe('nobody acts for another state', () => {
  it.each(acts)('not in %s', (act) => {
    const rule = operationRules[act];
    const stage = rule.in[rule.in.length - 1] as OperationStage;
    const book = at(stage);
    const record = draftOf(book, act, author('FR', 1, caseRoles.lead));
    const other = { ...record, facts: { ...record.facts, state: 'BE' } };
    expect(on(book, other)).toBe('operation/other-state');
  });
});

describe('alerts on hold', () => {
  it('keep an operation from being finished, not from being aborted', () => {
    const book = at('running', true);
    expect(() => applyOperation(fold(book.records), book.draft(lead('FR'), { act: 'finish' }))).toThrow(
      expect.objectContaining({ code: 'operation/alert-held', details: { held: 1 } }),
    );
    book.add(author('BE'), { act: 'abort' });
    expect(on(book, book.draft(lead('FR'), { act: 'freeze' }))).toBe('operation/alert-held');
    book.alert(author('FR', 30), 'restore');
    expect(on(book, book.draft(lead('FR'), { act: 'freeze' }))).toBe('accepted');
  });

  it('are restored by the state that holds them, once', () => {
    const book = at('running', true);
    expect(on(book, draftOf(book, 'restore', author('BE')))).toBe('operation/alert-not-held');
    expect(on(book, draftOf(book, 'hold', author('FR')))).toBe('operation/twice');
    book.alert(author('FR'), 'restore');
    expect(on(book, draftOf(book, 'restore', author('FR')))).toBe('operation/alert-not-held');
    expect(fold(book.records).held).toEqual(new Map());
  });

  it('are bounded', () => {
    const book = at('running');
    for (let i = 0; i < limits.maxHeldAlerts; i++) {
      const record = draftOf(book, 'hold', author('FR'));
      book.keep({ ...record, facts: { ...record.facts, alertId: idOf<ObjectId>(i) } as BoardRecord['facts'] });
    }
    expect(on(book, draftOf(book, 'hold', author('FR')))).toBe('operation/full');
  });
});

describe('times', () => {
  const minute = 60_000;
  const moved = (record: BoardRecord, actedMs: number, isQueued = false): BoardRecord => {
    const acted = { timeMs: record.time.timeMs + actedMs, offsetMinutes: 60 };
    return { ...record, facts: { ...record.facts, acted, isQueued } as BoardRecord['facts'] };
  };

  it('of an act are not ahead, not dated back, and not a day old', () => {
    const book = at('running');
    const entry = draftOf(book, 'entry', author('FR'));
    expect(on(book, moved(entry, 1))).toBe('operation/ahead');
    expect(on(book, moved(entry, 0))).toBe('accepted');
    expect(on(book, moved(entry, -5 * minute))).toBe('accepted');
    expect(on(book, moved(entry, -5 * minute - 1))).toBe('operation/back-dated');
    expect(on(book, moved(entry, -5 * minute - 1, true))).toBe('accepted');
    expect(on(book, moved(entry, -24 * 60 * minute, true))).toBe('accepted');
    expect(on(book, moved(entry, -24 * 60 * minute - 1, true))).toBe('operation/too-late');
    expect(on(book, moved(draftOf(book, 'hold', author('FR')), -6 * minute))).toBe('operation/back-dated');
  });

  it('of a record are not before what its author has seen', () => {
    const book = at('running');
    const finish = book.draft(lead('FR'), { act: 'finish' });
    const seen = (aheadMs: number) => ({ ...finish, headTimeMs: finish.time.timeMs + aheadMs });
    expect(on(book, seen(5 * minute))).toBe('accepted');
    expect(on(book, seen(5 * minute + 1))).toBe('operation/back-dated');
  });

  it('say what is late', () => {
    const entry = draftOf(at('running'), 'entry', author('FR'));
    expect(isLateRecord(entry, entry.time.timeMs + 5 * minute)).toBe(false);
    expect(isLateRecord(entry, entry.time.timeMs + 5 * minute + 1)).toBe(true);
    expect(isLateRecord(moved(entry, 0, true), entry.time.timeMs)).toBe(true);
    const finish = at('running').draft(lead('FR'), { act: 'finish' });
    expect(isLateRecord(finish, finish.time.timeMs)).toBe(false);
    expect(isLateRecord(finish, finish.time.timeMs + 5 * minute + 1)).toBe(true);
  });

  it('of the log never go back', () => {
    const book = at('running');
    const last = fold(book.records).logTimeMs;
    const entry = draftOf(book, 'entry', author('FR'));
    book.keep({ ...entry, headTimeMs: last - 1_000 });
    expect(fold(book.records).logTimeMs).toBe(last);
  });
});

describe('an operation that is full', () => {
  it('can still be ended and frozen', () => {
    const book = at('running', true);
    const full = { ...fold(book.records), records: limits.maxOperationRecords };
    const onFull = (act: OperationActName) =>
      codeOf(() => applyOperation(full, draftOf(book, act, author('FR', 1, caseRoles.lead))));
    expect(onFull('entry')).toBe('operation/full');
    expect(onFull('suspend')).toBe('operation/full');
    expect(onFull('restore')).toBe('accepted');
    expect(onFull('abort')).toBe('accepted');
    const last = { ...full, records: limits.maxOperationRecords - 1 };
    expect(codeOf(() => applyOperation(last, draftOf(book, 'entry', author('FR'))))).toBe('accepted');
  });
});

describe('endorsing', () => {
  it('is for each representative once, of this freeze', () => {
    const book = at('frozen');
    expect(on(book, book.draft(author('FR'), { act: 'endorse', freezeHash: hashOf(1) }))).toBe(
      'operation/other-freeze',
    );
    book.keep(draftOf(book, 'endorse', author('FR')));
    expect(on(book, draftOf(book, 'endorse', author('FR')))).toBe('operation/twice');
    expect(on(book, draftOf(book, 'endorse', author('FR', 2)))).toBe('accepted');
    expect(fold(book.records).endorsed).toEqual(new Map([[personOf('FR'), 'FR']]));
  });
});

describe('departures', () => {
  it('outside of a call change nothing', () => {
    const status = fold(at('running').records);
    expect(withoutVotesOf(status, new Set([personOf('FR')]))).toBe(status);
  });
});
