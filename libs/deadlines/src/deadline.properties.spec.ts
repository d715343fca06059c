import { describe, expect, it } from '@jest/globals';
import { dayOf, instantAt } from '@rogatory/coordination';
import fc from 'fast-check';
import { memberStates } from './calendar.js';
import { computeDeadline } from './deadline.js';
import { dayAt, endOfPeriod, isWorkingDay, type Length } from './period.js';
import { clocksOf, currentRules } from './rules.js';

const runs = { seed: 11_821_971, numRuns: process.env['ROGATORY_LONG'] === '1' ? 20_000 : 500 };
const zone = fc.constantFrom(
  'Europe/Athens',
  'Europe/Berlin',
  'Europe/Dublin',
  'Europe/Helsinki',
  'Europe/Lisbon',
  'Europe/Paris',
);
const place = fc.record({ state: fc.constantFrom(...memberStates), zone });
const start = fc.integer({ min: Date.UTC(2024, 0, 2), max: Date.UTC(2033, 0, 1) });
const length = fc.record({
  amount: fc.integer({ min: 1, max: 30 }),
  unit: fc.constantFrom<Length['unit']>('days', 'weeks', 'months', 'working-days'),
});

describe('for every start, place and length, a period', () => {
  it('ends with a working day of the place, at its midnight, with two working days or one', () => {
    fc.assert(
      fc.property(start, length, place, (startMs, period, where) => {
        const { endMs, cautiousMs } = endOfPeriod(startMs, period, where);
        const first = dayAt(startMs, where.zone) + 1;
        const last = dayAt(endMs - 1, where.zone);
        expect(isWorkingDay(last, where.state)).toBe(true);
        expect(endMs).toBe(instantAt(last + 1, 0, where.zone));
        expect(cautiousMs).toBeLessThanOrEqual(endMs);
        const days = Array.from({ length: last - first + 1 }, (_, index) => first + index);
        const working = days.filter((day) => isWorkingDay(day, where.state)).length;
        const isOneDay = period.amount === 1 && (period.unit === 'days' || period.unit === 'working-days');
        expect(working).toBeGreaterThanOrEqual(isOneDay ? 1 : 2);
      }),
      runs,
    );
  });

  it('never ends earlier for a later start, or for more of the unit', () => {
    fc.assert(
      fc.property(start, fc.nat(90 * 86_400_000), length, place, (startMs, laterMs, period, where) => {
        const { endMs } = endOfPeriod(startMs, period, where);
        expect(endOfPeriod(startMs + laterMs, period, where).endMs).toBeGreaterThanOrEqual(endMs);
        const longer = { ...period, amount: period.amount + 1 };
        expect(endOfPeriod(startMs, longer, where).endMs).toBeGreaterThanOrEqual(endMs);
      }),
      runs,
    );
  });

  it('of hours takes more than the hours and less than one hour more, in every zone the same', () => {
    fc.assert(
      fc.property(start, fc.integer({ min: 1, max: 200 }), place, place, (startMs, amount, one, other) => {
        const { endMs } = endOfPeriod(startMs, { amount, unit: 'hours' }, one);
        expect(endMs - startMs).toBeGreaterThan(amount * 3_600_000);
        expect(endMs - startMs).toBeLessThanOrEqual((amount + 1) * 3_600_000);
        expect(endOfPeriod(startMs, { amount, unit: 'hours' }, other).endMs).toBe(endMs);
      }),
      runs,
    );
  });
});

describe('every clock', () => {
  it('goes on, after it stood still, by no less than the days that it stood', () => {
    const rules = clocksOf(currentRules).filter(
      ({ pausedBy, length: { unit } }) => pausedBy !== undefined && unit === 'days',
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...rules),
        start,
        place,
        fc.integer({ min: 1, max: 60 }),
        (rule, startMs, where, days) => {
          const { instrument, clock } = rule;
          const facts = { rules: currentRules, instrument, clock, startMs, place: where };
          const resumeMs = instantAt(dayAt(startMs, where.zone) + days, 600, where.zone);
          const changes = [
            { kind: 'pause', atMs: startMs, reason: 'x' },
            { kind: 'resume', atMs: Math.max(resumeMs, startMs), reason: 'y' },
          ] as const;
          const plain = computeDeadline(facts).cautiousMs as number;
          const paused = computeDeadline({ ...facts, changes }).cautiousMs as number;
          expect(dayAt(paused - 1, where.zone) - dayAt(plain - 1, where.zone)).toBe(days);
        },
      ),
      runs,
    );
  });

  it('needs a calendar: none for a start whose end is unknown', () => {
    const startMs = instantAt(dayOf('2037-12-31'), 600, 'Europe/Berlin');
    const facts = {
      rules: 1,
      instrument: 'eio',
      clock: 'receipt',
      startMs,
      place: { state: 'DE', zone: 'Europe/Berlin' },
    } as const;
    expect(() => computeDeadline(facts)).toThrow('public holidays');
  });
});
