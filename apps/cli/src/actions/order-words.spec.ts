import { describe, expect, it } from '@jest/globals';
import type { CaseId, ObjectId } from '@rogatory/kernel';
import { type AuditOrder, auditPurposes, legalBases } from '@rogatory/protocol';
import { orderCommands, orderWords } from './order-words.js';

const terms = { reference: 'OB-7/2026', expiresMs: Date.UTC(2026, 11, 1, 12) };
const set = {
  shard: '2026h2',
  records: [
    { first: 0, last: 9 },
    { first: 12, last: 12 },
  ],
};
const hold = '0b'.repeat(16) as ObjectId;
const caseId = 'ca'.repeat(32) as CaseId;

const said: readonly (readonly [AuditOrder, string])[] = [
  [
    { verb: 'erase', ...set, groups: ['who', 'act'], legalBasis: legalBases.oversight, ...terms },
    'erase who, act of 11 records of the log 2026h2 (index 0-9,12), on the ground of oversight',
  ],
  [
    { verb: 'hold', target: { caseId }, untilMs: Date.UTC(2027, 0, 1), ...terms },
    `keep all records of the case ${caseId} from being erased until 2027-01-01T00:00:00.000Z`,
  ],
  [{ verb: 'lift', hold, ...terms }, `end the hold ${hold}`],
  [
    { verb: 'restrict', ...set, purpose: auditPurposes.lawfulness, ...terms },
    'show 11 records of the log 2026h2 (index 0-9,12) for lawfulness alone',
  ],
  [{ verb: 'release', ...set, ...terms }, 'end the restriction of 11 records of the log 2026h2 (index 0-9,12)'],
];

describe('orders in words', () => {
  for (const [order, words] of said) {
    it(`say what "${order.verb}" does, under which file, and until when it may be approved`, () => {
      expect(orderWords(order)).toBe(`${words}; file OB-7/2026; to be approved by 2026-12-01T12:00:00.000Z`);
    });
  }

  it('belong to the commands that people know', () => {
    expect(Object.values(orderCommands).every((name) => ['erase', 'hold', 'restrict'].includes(name))).toBe(true);
  });
});
