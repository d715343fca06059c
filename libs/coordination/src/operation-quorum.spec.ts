import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PersonId } from '@rogatory/kernel';
import { type OperationParty, type Vote, votes } from '@rogatory/protocol';
import { outcomeOf, withoutVotesOf } from './operation-quorum.js';
import { applyOperation } from './operation-rules.js';
import type { CastVote, OperationStatus } from './operation-status.js';
import { author, hashOf, lead, personOf, planFacts, RecordBook } from './testing/operation-records.js';

const fold = (book: RecordBook): OperationStatus =>
  book.records.reduce<OperationStatus | undefined>(applyOperation, undefined) as OperationStatus;

function pending(needed = 2, required: readonly string[] = ['FR']): RecordBook {
  const book = new RecordBook();
  const { parties } = planFacts();
  book.plan(
    lead('FR'),
    planFacts({
      ...{ needed, parties: parties.map((party) => ({ ...party, isRequired: required.includes(party.state) })) },
    }),
  );
  book.call();
  return book;
}

describe('go/no-go', () => {
  it('is go with as many as needed and all required', () => {
    const book = pending();
    book.vote(author('BE'), votes.go);
    book.vote(author('NL'), votes.go);
    expect(fold(book).stage).toBe('pending');
    const decisive = book.vote(author('FR'), votes.go);
    expect(fold(book)).toMatchObject({ stage: 'running', decision: { outcome: 'go', place: decisive.place } });
    expect(fold(book).call).toBeUndefined();
  });

  it('is no-go when a required state says so, or too few are left', () => {
    const required = pending();
    required.vote(author('FR'), votes.noGo);
    expect(fold(required)).toMatchObject({ stage: 'planned', decision: { outcome: 'no-go' } });
    const two = pending(2, []);
    two.vote(author('BE'), votes.noGo);
    expect(fold(two).stage).toBe('pending');
    two.vote(author('NL'), votes.noGo);
    expect(fold(two)).toMatchObject({ stage: 'planned', decision: { outcome: 'no-go' } });
  });

  it('counts one vote of a state, the newest, until it is decided', () => {
    const book = pending(2, []);
    book.vote(author('BE'), votes.go);
    book.vote(author('BE', 2), votes.go);
    expect(fold(book).stage).toBe('pending');
    book.vote(author('BE', 2), votes.takenBack);
    book.vote(author('NL'), votes.go);
    expect(fold(book).stage).toBe('pending');
    book.vote(author('BE'), votes.go);
    expect(fold(book).stage).toBe('running');
    const late = book.draft(author('BE'), { act: 'vote', callHash: hashOf(0), vote: votes.noGo });
    expect(() => applyOperation(fold(book), late)).toThrow(expect.objectContaining({ code: 'operation/transition' }));
  });

  it('is about one plan: a new one voids the call and its votes', () => {
    const book = pending(2, []);
    book.vote(author('BE'), votes.go);
    const old = book.records.find(({ facts }) => facts.act === 'call');
    book.plan();
    expect(fold(book)).toMatchObject({ stage: 'planned' });
    expect(fold(book).call).toBeUndefined();
    const stale = book.draft(lead('FR'), {
      ...{ act: 'call', planHash: hashOf(999), expiresAtMs: book.draft(lead('FR'), { act: 'finish' }).time.timeMs + 1 },
    });
    expect(() => applyOperation(fold(book), stale)).toThrow(expect.objectContaining({ code: 'operation/other-plan' }));
    book.call();
    const answer = book.draft(author('FR'), { act: 'vote', callHash: old?.itemHash ?? hashOf(0), vote: votes.go });
    expect(() => applyOperation(fold(book), answer)).toThrow(expect.objectContaining({ code: 'operation/other-call' }));
  });

  it('ends ahead, within thirty days', () => {
    const book = new RecordBook();
    const plan = book.plan();
    const now = book.draft(lead('FR'), { act: 'finish' }).headTimeMs;
    const code = (inMs: number) => {
      const call = book.draft(lead('FR'), { act: 'call', planHash: plan.itemHash, expiresAtMs: now + inMs });
      try {
        return applyOperation(fold(book), call).stage;
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect([0, 1, 30 * 24 * 3_600_000, 30 * 24 * 3_600_000 + 1].map(code)).toEqual([
      ...['operation/expiry', 'pending', 'pending', 'operation/expiry'],
    ]);
  });

  it('expires by the time of the log, as of the record that shows it', () => {
    const book = new RecordBook();
    book.plan();
    book.call(lead('FR'), 60_000);
    const inTime = book.vote(author('BE'), votes.go);
    expect(inTime.headTimeMs).toBe(fold(book).call?.expiresAtMs);
    const late = book.draft(author('FR'), {
      ...{ act: 'vote', callHash: fold(book).call?.hash ?? hashOf(0), vote: votes.go },
    });
    expect(() => applyOperation(fold(book), late)).toThrow(expect.objectContaining({ code: 'operation/expired' }));
    expect(fold(book).stage).toBe('pending');
    book.call();
    expect(fold(book)).toMatchObject({ stage: 'pending', decision: { outcome: 'expired' } });
    expect(fold(book).call?.votes.size).toBe(0);
  });
});

describe('a removal', () => {
  it('takes the vote, and neither a party nor the number that is needed', () => {
    const book = pending();
    book.vote(author('FR'), votes.go);
    const removed = withoutVotesOf(fold(book), new Set([personOf('FR')]));
    expect(removed.call?.votes.size).toBe(0);
    expect(removed.plan).toEqual(fold(book).plan);
    const other = book.draft(author('BE'), { act: 'vote', callHash: removed.call?.hash ?? hashOf(0), vote: votes.go });
    expect(applyOperation(removed, other).stage).toBe('pending');
    const again = book.draft(author('FR', 2), {
      act: 'vote',
      callHash: removed.call?.hash ?? hashOf(0),
      vote: votes.go,
    });
    expect(applyOperation(applyOperation(removed, { ...other, place: 1 }), again).stage).toBe('running');
  });

  it('leaves the votes of others', () => {
    const book = pending();
    book.vote(author('BE'), votes.go);
    const status = fold(book);
    expect(withoutVotesOf(status, new Set([personOf('FR')]))).toBe(status);
  });
});

describe('the outcome', () => {
  const states = ['AA', 'BB', 'CC', 'DD', 'EE'];
  const vote = fc.constantFrom<(Vote | undefined)[]>(votes.go, votes.noGo, votes.takenBack, undefined);
  const parties = fc
    .array(fc.boolean(), { minLength: 1, maxLength: 5 })
    .map((flags): OperationParty[] =>
      flags.map((isRequired, i) => ({ state: states[i] as string, isRequired, representatives: [] })),
    );
  const cast = (given: readonly (Vote | undefined)[]): Map<string, CastVote> =>
    new Map(
      states.flatMap((state, i): [string, CastVote][] => {
        const of = given[i];
        return of === undefined ? [] : [[state, { vote: of, personId: '' as PersonId, place: i }]];
      }),
    );

  it('is go or no-go exactly when nothing that is still open could change it', () => {
    fc.assert(
      fc.property(parties, fc.nat(4), fc.array(vote, { minLength: 5, maxLength: 5 }), (all, more, given) => {
        const required = all.filter(({ isRequired }) => isRequired).length;
        const needed = Math.max(1, Math.min(all.length, required + more));
        const plan = planFacts({ parties: all, needed });
        const outcome = outcomeOf(plan, cast(given));
        // Where every state says go that has not said no-go, the outcome is the best that can be.
        const best = outcomeOf(plan, cast(given.map((each) => (each === votes.noGo ? each : votes.go))));
        expect(best).toBe(outcome === 'no-go' ? 'no-go' : 'go');
        const goes = all.filter((_, i) => given[i] === votes.go);
        const isEnough = goes.length >= needed && goes.filter(({ isRequired }) => isRequired).length === required;
        expect(outcome === 'go').toBe(isEnough);
      }),
      { seed: 4, numRuns: process.env['ROGATORY_LONG'] === '1' ? 20_000 : 500 },
    );
  });
});
