import { describe, expect, it } from '@jest/globals';
import type { ActId } from '@rogatory/kernel';
import {
  type AuditEventCode,
  type AuditLeaf,
  type AuditWhat,
  expiredErasureText,
  type IndexRange,
} from '@rogatory/protocol';
import { ErasureCheck } from './erasure-check.js';
import { LoggedErasures } from './logged-erasures.js';
import { LoggedOrders } from './logged-orders.js';
import type { PassingRecord } from './record-check.js';

const com = { what: 'A'.repeat(43), src: 'B'.repeat(43) };
const some = { opening: new Uint8Array(32), bytes: new Uint8Array(1) };

function passing(index: number, openings: PassingRecord['openings'], ev: AuditEventCode = 'doc.read'): PassingRecord {
  const id = index.toString(16).padStart(32, '0') as ActId;
  const leaf: AuditLeaf = { v: 1, id, t: 1, cls: 'consultation', ev, out: 'allowed', rc: 'ok', ms: 'FR', com };
  return { index, leaf, leafHash: new Uint8Array(32), openings, groups: {} };
}

function erasure(index: number, records: readonly IndexRange[], detail?: string): PassingRecord {
  const text = expiredErasureText({ shard: '2026h2', records, groups: ['src'] });
  const what = { detail: detail ?? text } as AuditWhat;
  return { ...passing(index, { what: some, src: some }, 'audit.erase.retention'), groups: { what } };
}

const isProven = { first: 0, end: 10, isProven: true, asOfMs: 0 };

describe('erasures that the log tells', () => {
  it.each([
    ['explain what they name', [erasure(5, [{ first: 0, last: 1 }]), erasure(6, [{ first: 2, last: 3 }])], 'holds', 0],
    ['explain no other record', [erasure(5, [{ first: 0, last: 2 }])], 'not-checked', 1],
    ['explain nothing in another form', [erasure(5, [], 'everything')], 'not-checked', 4],
    ['are needed', [], 'not-checked', 4],
  ] as const)('%s', (_name, erasures, outcome, findings) => {
    const check = new ErasureCheck(new LoggedErasures({ shard: '2026h2' }), new LoggedOrders('2026h2'));
    for (const index of [0, 1, 2, 3]) check.take(passing(index, { what: some }));
    check.take(passing(4, undefined));
    for (const record of erasures) check.take(record);
    expect(check.claim(isProven)).toMatchObject({ outcome, findings });
  });

  it('count for their own log alone', () => {
    const check = new ErasureCheck(new LoggedErasures({ shard: '2027h1' }), new LoggedOrders('2027h1'));
    check.take(passing(0, { what: some }));
    check.take(erasure(5, [{ first: 0, last: 1 }]));
    expect(check.claim(isProven)).toMatchObject({ outcome: 'not-checked', findings: 1, firstBadIndex: 0 });
  });
});
