import { describe, expect, it } from '@jest/globals';
import { type ActId, type CaseId, limits, type ObjectId, type PersonId } from '@rogatory/kernel';
import fc from 'fast-check';
import { type AuditOrder, auditOrderText, parseAuditOrder, parseRanges, rangesOf, rangesText } from './audit-order.js';
import { expiredErasureText, orderedErasureText, parseErasure } from './erasure-detail.js';
import { logClosingText, logSuccessionText, parseLogClosing, parseLogSuccession } from './log-succession.js';
import { auditPurposes, legalBases } from './why.js';

const terms = { reference: 'FR/2026-17', expiresMs: 1_795_435_200_000 };
const set = {
  shard: '2026h2',
  records: [
    { first: 0, last: 99 },
    { first: 105, last: 105 },
  ],
};
const id = 'ab'.repeat(16);
const texts: readonly (readonly [AuditOrder, string])[] = [
  [
    { verb: 'erase', ...set, groups: ['who', 'act'], legalBasis: legalBases.oversight, ...terms },
    'erase shard=2026h2 records=0-99,105 groups=who,act basis=8 reference=FR/2026-17 expires=1795435200000',
  ],
  [
    { verb: 'hold', target: set, untilMs: 5, ...terms },
    'hold shard=2026h2 records=0-99,105 until=5 reference=FR/2026-17 expires=1795435200000',
  ],
  [
    { verb: 'hold', target: { caseId: 'ca'.repeat(32) as CaseId }, untilMs: 5, ...terms },
    `hold case=${'ca'.repeat(32)} until=5 reference=FR/2026-17 expires=1795435200000`,
  ],
  [
    { verb: 'hold', target: { person: id as PersonId }, untilMs: 5, ...terms },
    `hold person=${id} until=5 reference=FR/2026-17 expires=1795435200000`,
  ],
  [{ verb: 'lift', hold: id as ObjectId, ...terms }, `lift hold=${id} reference=FR/2026-17 expires=1795435200000`],
  [
    { verb: 'restrict', ...set, purpose: auditPurposes.criminalProceedings, ...terms },
    'restrict shard=2026h2 records=0-99,105 purpose=criminalProceedings reference=FR/2026-17 expires=1795435200000',
  ],
  [
    { verb: 'release', ...set, ...terms },
    'release shard=2026h2 records=0-99,105 reference=FR/2026-17 expires=1795435200000',
  ],
];
const codeOf = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return (error as { readonly code?: unknown }).code;
  }
};

describe('an order on audit records', () => {
  it.each(texts)('%# has one text', (order, text) => {
    expect(auditOrderText(order)).toBe(text);
    expect(parseAuditOrder(text)).toEqual(order);
  });

  it.each([
    ['', 'nothing'],
    ['erase shard=2026h2 records=0-99 groups=who basis=8 reference=a expires=1', 'what the act repeats'],
    ['erase shard=2026h2 records=0-99 groups=act,who basis=8 reference=a expires=1', 'groups in another order'],
    ['erase shard=2026h2 records=0-99 groups=src basis=99 reference=a expires=1', 'an unknown basis'],
    ['erase shard=2026h2 records=5,5 groups=src basis=8 reference=a expires=1', 'a record twice'],
    ['erase shard=2026h2 records=5,6 groups=src basis=8 reference=a expires=1', 'ranges that touch'],
    ['erase shard=2026h2 records=9-5 groups=src basis=8 reference=a expires=1', 'a range backwards'],
    ['erase shard=2026h2 records=05 groups=src basis=8 reference=a expires=1', 'a leading zero'],
    ['erase shard=2026h2 records=0-10000 groups=src basis=8 reference=a expires=1', 'too many records'],
    ['erase shard=2026h2 records=1 groups=src basis=8 until=1 reference=a expires=1', 'a field too many'],
    ['erase shard=2026h2 records=1 groups=src basis=8 reference=a b expires=1', 'a space in the reference'],
    ['hold until=1 reference=a expires=1', 'a hold of nothing'],
    [`hold case=${'ca'.repeat(32)} person=${id} until=1 reference=a expires=1`, 'a hold of two kinds'],
    ['restrict shard=2026h2 records=1 purpose=curiosity reference=a expires=1', 'an unknown purpose'],
  ])('refuses %j: %s', (text) => {
    expect(codeOf(() => parseAuditOrder(text))).toBe('codec/order');
  });

  it('keeps ranges apart and within bounds, whatever indices come', () => {
    const indices = fc.array(fc.nat({ max: 300 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(indices, (given) => {
        const ranges = rangesOf(given);
        expect(parseRanges(rangesText(ranges))).toEqual(ranges);
        const told = ranges.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, i) => first + i));
        expect(told).toEqual([...new Set(given)].sort((a, b) => a - b));
      }),
      { seed: 7, numRuns: 100 },
    );
    const many = Array.from({ length: limits.maxOrderRanges + 1 }, (_, i) => ({ first: 2 * i, last: 2 * i }));
    expect(codeOf(() => parseRanges(rangesText(many)))).toBe('codec/order');
  });

  it('reads from a record of erasure what was erased, and why', () => {
    const [order, text] = texts[0] as (typeof texts)[number];
    const approvals = ['aa'.repeat(16) as ActId, 'bb'.repeat(16) as ActId] as const;
    const detail = orderedErasureText(text, id as ObjectId, approvals);
    expect(detail.length).toBeLessThan(limits.maxAuditDetailBytes);
    expect(parseErasure('audit.erase', detail)).toEqual({
      ...set,
      groups: ['who', 'act'],
      ordered: { order, orderId: id, approvals },
    });
    const expired = { ...set, groups: ['who', 'src'] as const };
    expect(parseErasure('audit.erase.retention', expiredErasureText(expired))).toEqual({
      ...expired,
      ordered: undefined,
    });
    for (const wrong of [text, `${detail} `, expiredErasureText(expired)]) {
      expect(codeOf(() => parseErasure('audit.erase', wrong))).toMatch(/^codec\/(order|id)$/);
    }
    expect(codeOf(() => parseErasure('audit.erase.retention', detail))).toBe('codec/order');
  });

  it('says in one form which log a log follows', () => {
    const succession = {
      ...{ previousOrigin: 'rogatory.test/audit/log/2026h2', size: 70_000, root: new Uint8Array(32).fill(3) },
      reason: 'turn' as const,
    };
    const text = logSuccessionText(succession);
    expect(parseLogSuccession(text)).toEqual(succession);
    for (const wrong of ['', `${text} `, text.replace('turn', 'whim'), text.replace('70000', '070000')]) {
      expect(codeOf(() => parseLogSuccession(wrong))).toBe('codec/text');
    }
  });

  it('say at the end of a log which one follows, in one form', () => {
    const text = 'next=a.example/audit/log/2027h1+5f02ff6d+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c reason=turn';
    const closing = parseLogClosing(text);
    expect(closing.reason).toBe('turn');
    expect(logClosingText(closing)).toBe(text);
    for (const wrong of [
      text.replace('turn', 'abandoned'),
      `${text} `,
      text.replace('next=', 'next= '),
      'reason=turn',
    ]) {
      expect(codeOf(() => parseLogClosing(wrong))).toBe('codec/text');
    }
  });
});
