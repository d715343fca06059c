import { describe, expect, it } from '@jest/globals';
import { CodecError, type ObjectId, type PersonId } from '@rogatory/kernel';
import type { OperationStatus } from '@rogatory/coordination';
import { decodeStatus, encodeStatus } from './status-bytes.js';

const hash = (byte: number) => new Uint8Array(32).fill(byte);
const [person, other] = ['51'.repeat(16) as PersonId, '52'.repeat(16) as PersonId];
const operationId = '41'.repeat(16) as ObjectId;
const parties = [
  { state: 'BE', isRequired: false, representatives: [person] },
  { state: 'FR', isRequired: true, representatives: [other] },
];
const facts = { act: 'plan' as const, operationId, state: 'BE' };
const start = { time: { timeMs: 1_796_104_800_000, offsetMinutes: 60 }, zone: 'Europe/Paris' };
const cast = { vote: 1, personId: person, place: 12 } as const;
const call = { hash: hash(2), planHash: hash(1), place: 11, expiresAtMs: 9, votes: new Map([['BE', cast]]) };

const least: OperationStatus = {
  ...{ operationId, stage: 'planned', version: 1, logTimeMs: 5, records: 1, planHash: hash(1), planPlace: 10 },
  ...{ plan: { ...facts, kind: 2, start, needed: 2, parties } },
  ...{ suspendedBy: new Set<string>(), held: new Map(), endorsed: new Map() },
};
const most: OperationStatus = {
  ...{ ...least, stage: 'frozen', call, decision: { call, outcome: 'no-go', place: 13 } },
  ...{ suspendedBy: new Set(['BE', 'FR']), held: new Map([['a1'.repeat(16) as ObjectId, 'FR']]) },
  ...{ endorsed: new Map([[person, 'BE']]), end: { outcome: 'aborted', place: 14, timeMs: 7 } },
  freeze: { hash: hash(3), place: 15 },
};

describe('the status of a row', () => {
  it.each([
    ['with nothing', least],
    ['with everything', most],
  ])('comes back as it was, %s', (_name, status) => {
    expect(decodeStatus(encodeStatus(status, 'BE'))).toEqual(status);
  });

  it('is refused when it was cut, lengthened or is of another form', () => {
    const bytes = encodeStatus(most, 'BE');
    for (let length = 0; length < bytes.length; length += 7) {
      expect(() => decodeStatus(bytes.slice(0, length))).toThrow(CodecError);
    }
    expect(() => decodeStatus(Uint8Array.from([...bytes, 0]))).toThrow(CodecError);
    expect(() => decodeStatus(Uint8Array.from([2, ...bytes.slice(1)]))).toThrow(CodecError);
  });
});
