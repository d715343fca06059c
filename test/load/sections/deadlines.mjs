import { clocksOf, computeDeadline, currentRules, explainDeadline, warningsOf } from '@rogatory/deadlines';
import { atMost } from '../figures.mjs';
import { median } from '../measure.mjs';

/** @typedef {import('../figures.mjs').Figure} Figure */

const PLACE = /** @type {const} */ ({ state: 'DE', zone: 'Europe/Berlin' });
const FIRST_MS = Date.UTC(2026, 0, 5, 9, 30);
const DAY_MS = 86_400_000;
const LIMIT_MS = 0.2;

/** Median over rounds of the mean time of one call. @param {number} rounds @param {(turn: number) => unknown} run */
function eachMs(rounds, run) {
  const perRound = 500;
  const taken = Array.from({ length: rounds }, (_, round) => {
    const before = performance.now();
    for (let turn = 0; turn < perRound; turn++) run(round * perRound + turn);
    return (performance.now() - before) / perRound;
  });
  return median(taken);
}

/** @param {string} instrument @param {number} turn other days each time, so that no date is computed twice in a row */
function datesOf(instrument, turn) {
  const startMs = FIRST_MS + (turn % 3_000) * DAY_MS;
  return clocksOf(currentRules, instrument).map(({ clock }) => {
    const deadline = computeDeadline({ rules: currentRules, instrument, clock, startMs, place: PLACE });
    return [deadline, warningsOf(deadline)];
  });
}

/** @type {import('../figures.mjs').Section} */
export const section = {
  title: 'Deadlines',
  async run({ isShort }) {
    const rounds = isShort ? 5 : 21;
    eachMs(2, (turn) => datesOf('eio', turn));
    const value = eachMs(rounds, (turn) => datesOf('eio', turn));
    const deadline = computeDeadline({
      rules: currentRules,
      instrument: 'eio',
      clock: 'receipt',
      startMs: FIRST_MS,
      place: PLACE,
    });
    /** @type {Figure[]} */
    const figures = [
      {
        name: 'all dates and warnings of an EIO, five clocks',
        value,
        unit: 'ms',
        target: atMost(LIMIT_MS, value, '< 0.2 ms'),
      },
      { name: 'explanation of one date', value: eachMs(rounds, () => explainDeadline(deadline)), unit: 'ms' },
    ];
    return { figures, notes: ['Every start is another day; medians of rounds of 500.'] };
  },
};
