import { describe, expect, it } from '@jest/globals';
import { type ActId, isRogatoryError, toHex } from '@rogatory/kernel';
import { ORIGIN, random } from '../testing/signed-log.js';
import { demandFollows, type EndedPeriod, type ToldPeriod } from './next-period.js';

const recordId = toHex(random(16)) as ActId;
const last: EndedPeriod = { recordId, origin: ORIGIN, endIndex: 12, untilMs: 1000 };
const next: ToldPeriod = { origin: ORIGIN, firstIndex: 12, fromMs: 1000, previous: recordId };
const later: ToldPeriod = { ...next, origin: 'rogatory.test/audit/log/2027h1', firstIndex: 0 };
const first: ToldPeriod = { origin: ORIGIN, firstIndex: 0, fromMs: 5, previous: undefined };

function judged(told: ToldPeriod, ended: EndedPeriod | undefined): string {
  try {
    demandFollows(told, ended);
    return 'follows';
  } catch (error) {
    if (!isRogatoryError(error)) throw error;
    return error.code;
  }
}

describe('the period of the next report', () => {
  it('goes on where the last one ended, on the same log or with the first record of another', () => {
    expect(judged(next, last)).toBe('follows');
    expect(judged(later, last)).toBe('follows');
    expect(judged(first, undefined)).toBe('follows');
  });

  it.each([
    ['passes records over', { ...next, firstIndex: 13 }, last],
    ['goes back', { ...next, firstIndex: 0 }, last],
    ['passes records of the next log over', { ...later, firstIndex: 12 }, last],
    ['begins at another time', { ...next, fromMs: 1001 }, last],
    ['names no report before it', { ...next, previous: undefined }, last],
    ['names another report before it', { ...next, previous: toHex(random(16)) as ActId }, last],
    ['names a report where there is none', { ...first, previous: recordId }, undefined],
    ['passes the first records over', { ...first, firstIndex: 1 }, undefined],
  ] satisfies [string, ToldPeriod, EndedPeriod | undefined][])('is refused where it %s', (_, told, ended) => {
    expect(judged(told, ended)).toBe('client/answer');
  });
});
