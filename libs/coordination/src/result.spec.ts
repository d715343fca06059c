import { describe, expect, it } from '@jest/globals';
import { type CaseId, type CompartmentId, Secret, toHex, utf8 } from '@rogatory/kernel';
import {
  decodeCanonicalJson,
  encodeEndorsement,
  encodeFreezeContent,
  encodeSignedEndorsement,
  type Endorsement,
  signaturePurposes,
} from '@rogatory/protocol';
import { SigningKey } from '@rogatory/crypto/sign';
import { type BoardHistory, boardOf } from './board-fold.js';
import type { RecordAuthor } from './operation-record.js';
import { resultSheetHash, resultSheetOf } from './result-sheet.js';
import { resultSheetText } from './result-text.js';
import { computeResult, type ResultEvidence, verifyResult } from './result-verification.js';
import {
  author,
  hashOf,
  lead,
  operationId,
  personOf,
  planContent,
  planFacts,
  RecordBook,
} from './testing/operation-records.js';

const caseId = '20'.repeat(32) as CaseId;
const compartmentId = '2f'.repeat(32) as CompartmentId;
const rootAt = (size: number) => hashOf(size);
const keyOf = ({ deviceId }: RecordAuthor) => SigningKey.fromSeed(new Secret(utf8(deviceId)));
const people = ['BE', 'FR', 'NL'].map((state) => author(state));

/** A day with three seizures, a hold and a correction, up to its end. */
function day(): RecordBook {
  const book = new RecordBook().go();
  const haul = { code: 111, other: '', quantity: { digits: 15, scale: 1 }, unit: 2 } as const;
  book.alert(author('FR'), 'hold');
  book.entry(author('FR'), { kind: 'step', stepId: 1, mark: 2, note: '' });
  const event = { kind: 'event', leg: 0, count: 1 } as const;
  book.entry(author('BE'), {
    ...event,
    type: 5,
    haul,
    worth: { value: { digits: 60_000, scale: 0 }, currency: 'EUR' },
    note: 'dock',
  });
  const second = book.entry(author('NL'), { ...event, type: 5, haul: { ...haul, unit: 1 }, note: '' });
  book.entry(author('NL'), {
    ...{ kind: 'correction', entryId: second.objectId, entryHash: second.itemHash, note: 'kilograms' },
    given: { ...event, type: 5, haul },
  });
  book.entry(author('NL'), { ...event, type: 1, count: 3, note: '' });
  book.entry(author('NL'), { kind: 'step', stepId: 1, mark: 2, note: '' });
  book.alert(author('FR'), 'restore');
  book.add(lead('FR'), { act: 'finish' });
  return book;
}

function sheetOf(book: RecordBook): Uint8Array {
  const { place } = book.draft(lead('FR'), { act: 'freeze' });
  return resultSheetOf(boardOf(operationId, book.records), {
    caseId,
    compartmentId,
    head: { size: place, root: rootAt(place) },
  });
}

function frozen(): { book: RecordBook; sheet: Uint8Array } {
  const book = day();
  const sheet = sheetOf(book);
  book.add(lead('FR'), { act: 'freeze' }, encodeFreezeContent({ sheetHash: resultSheetHash(sheet), reason: '' }));
  return { book, sheet };
}

const evidenceOf = (history: readonly BoardHistory[]): ResultEvidence => ({
  ...{ caseId, compartmentId, operationId, history, rootAt },
  device: (deviceId) => {
    const found = people.find((each) => each.deviceId === deviceId);
    return found === undefined ? undefined : { ...found, signingKey: keyOf(found).publicKey };
  },
});

function endorse(book: RecordBook, by: RecordAuthor, changes: Partial<Endorsement> = {}, signer = by): void {
  const freeze = book.records.find(({ facts }) => facts.act === 'freeze');
  const { sheetHash, freezeHash, head } = computeResult(evidenceOf(book.records));
  const { time } = book.draft(by, { act: 'finish' });
  const { state, personId, deviceId } = by;
  const signedBytes = encodeEndorsement({
    ...{ caseId, compartmentId, operationId, state, personId, deviceId, logHead: head, freezeHash, sheetHash, time },
    ...changes,
  });
  const signature = keyOf(signer).sign(signaturePurposes.endorsement, signedBytes);
  const content = encodeSignedEndorsement({ signedBytes, signature });
  book.add(by, { act: 'endorse', freezeHash: freeze?.itemHash ?? hashOf(0) }, content);
}

describe('a result sheet', () => {
  it('says what the board says, exactly', () => {
    const sheet = decodeCanonicalJson(new TextDecoder().decode(sheetOf(day())));
    expect(sheet).toMatchObject({
      ...{ format: 'rogatory result sheet 1', caseId, compartmentId, operationId, outcome: 'finished' },
      ...{ kind: 'controlledDelivery', title: 'Container from Le Havre', needed: 2, listVersion: 1 },
      start: { timeMs: Date.UTC(2026, 11, 1, 5), offsetMinutes: 60, zone: 'Europe/Paris' },
      decision: {
        outcome: 'go',
        votes: [
          { state: 'BE', vote: 'go' },
          { state: 'FR', vote: 'go' },
        ],
      },
      tallies: {
        total: {
          counts: { arrest: 3, seizure: 2 },
          substances: [{ code: 111, quantity: '3', unit: 'kg' }],
          values: [{ of: 'seizure', currency: 'EUR', value: '60000' }],
        },
        states: [
          { state: 'BE', substances: [{ quantity: '1.5' }] },
          { state: 'NL', counts: { arrest: 3 }, substances: [{ quantity: '1.5' }] },
        ],
      },
      alerts: [
        { schengenId: 'FR0001', state: 'active', changes: [{ state: 'temporarilyUnavailable' }, { state: 'active' }] },
      ],
      setAside: [{ code: 'board/other-state', state: 'NL' }],
      instruments: [{ type: 'europeanArrestWarrant', readiness: 'needed' }],
    });
    const { entries, steps } = sheet as { entries: { body: object; corrections: object[] }[]; steps: object[] };
    expect(entries.map(({ corrections }) => corrections.length)).toEqual([0, 0, 1, 0]);
    expect(entries[1]?.body).toMatchObject({
      haul: { substance: 'Cocaine', quantity: '1.5', unit: 'kg' },
      worth: { value: '60000' },
    });
    expect(steps).toMatchObject([{ mark: 'done' }, { mark: '' }, { mark: 'done' }, { mark: 'done' }]);
  });

  it('needs an end, and a plan that can be read', () => {
    const sheet = (book: RecordBook) => () => sheetOf(book);
    expect(sheet(new RecordBook().go())).toThrow(expect.objectContaining({ code: 'result/not-ended' }));
    const unread = new RecordBook();
    unread.plan(lead('FR'), planFacts(), planContent({ listVersion: 2 }));
    unread.add(lead('FR'), { act: 'abort' });
    expect(sheet(unread)).toThrow(expect.objectContaining({ code: 'result/no-plan' }));
    const newer = new RecordBook();
    newer.plan();
    newer.plan(lead('FR'), planFacts(), planContent({ listVersion: 2 }));
    newer.add(lead('FR'), { act: 'abort' });
    expect(sheet(newer)).toThrow(expect.objectContaining({ code: 'result/no-plan' }));
  });

  it('verifies offline, and says who has not signed', () => {
    const { book, sheet } = frozen();
    expect(verifyResult(sheet, evidenceOf(book.records))).toEqual({
      ...{ sheetHash: resultSheetHash(sheet), endorsed: [], missing: ['BE', 'FR', 'NL'], refused: [] },
    });
    for (const each of people.slice(0, 2)) endorse(book, each);
    book.add(author('NL'), { act: 'debrief' });
    const verdict = verifyResult(sheet, evidenceOf(book.records.toReversed()));
    expect(verdict).toMatchObject({ missing: ['NL'], refused: [] });
    expect(verdict.endorsed.map(({ state, personId }) => [state, personId])).toEqual([
      ['BE', personOf('BE')],
      ['FR', personOf('FR')],
    ]);
    endorse(book, author('NL'));
    expect(verifyResult(sheet, evidenceOf(book.records)).missing).toEqual([]);
  });

  it('that was edited is refused', () => {
    const { book, sheet } = frozen();
    const edited = utf8(new TextDecoder().decode(sheet).replace('"quantity":"3"', '"quantity":"2"'));
    expect(edited).not.toEqual(sheet);
    expect(() => verifyResult(edited, evidenceOf(book.records))).toThrow(
      expect.objectContaining({ code: 'result/edited' }),
    );
  });

  it('is not what a log without one of its entries gives', () => {
    const { book, sheet } = frozen();
    const without = book.records.filter(({ facts }, i) => facts.act !== 'entry' || i !== 6);
    expect(() => verifyResult(sheet, evidenceOf(without))).toThrow(
      expect.objectContaining({ code: 'result/other-sheet' }),
    );
    const another = { ...evidenceOf(book.records), rootAt: () => hashOf(1) };
    expect(() => verifyResult(sheet, another)).toThrow(expect.objectContaining({ code: 'result/other-sheet' }));
    const unknown = { ...evidenceOf(book.records), rootAt: () => undefined };
    expect(() => verifyResult(sheet, unknown)).toThrow(expect.objectContaining({ code: 'result/log' }));
    expect(() => verifyResult(sheet, evidenceOf(day().records))).toThrow(
      expect.objectContaining({ code: 'result/not-frozen' }),
    );
  });

  it('is not endorsed by a word about something else, or by another hand', () => {
    const changes: readonly (readonly [Partial<Endorsement>, string])[] = [
      [{ sheetHash: hashOf(1) }, 'result/other-result'],
      [{ freezeHash: hashOf(1) }, 'result/other-result'],
      [{ logHead: { size: 1, root: hashOf(1) } }, 'result/other-result'],
      [{ caseId: '21'.repeat(32) as CaseId }, 'result/other-result'],
      [{ compartmentId: '21'.repeat(32) as CompartmentId }, 'result/other-result'],
      [{ operationId: hashId() }, 'result/other-result'],
      [{ state: 'BE' }, 'result/other-author'],
      [{ personId: personOf('BE') }, 'result/other-author'],
      [{ deviceId: author('BE').deviceId }, 'result/other-author'],
    ];
    for (const [change, code] of changes) {
      const { book, sheet } = frozen();
      endorse(book, author('FR'), change);
      const { refused, missing } = verifyResult(sheet, evidenceOf(book.records));
      expect({ refused, missing }).toMatchObject({ refused: [{ state: 'FR', code }], missing: ['BE', 'FR', 'NL'] });
    }
    const { book, sheet } = frozen();
    endorse(book, author('FR'), {}, author('BE'));
    expect(verifyResult(sheet, evidenceOf(book.records)).refused).toMatchObject([{ code: 'result/signature' }]);
    const stranger = { ...evidenceOf(book.records), device: () => undefined };
    expect(verifyResult(sheet, stranger).refused).toMatchObject([{ code: 'result/other-author' }]);
  });

  it('prints', () => {
    const { sheet } = frozen();
    const text = resultSheetText(sheet);
    expect(text).toContain('# Container from Le Havre');
    expect(text).toContain('| NL | Cocaine | 1.5 kg |');
    expect(text).toContain('| all | Cocaine | 3 kg |');
    expect(text).toContain(toHex(resultSheetHash(sheet)).slice(0, 4));
    expect(() => resultSheetText(utf8('{}'))).toThrow(expect.objectContaining({ code: 'result/edited' }));
  });
});

const hashId = () => toHex(hashOf(9)).slice(0, 32) as Endorsement['operationId'];
