import { describe, expect, it } from '@jest/globals';
import { type CaseId, type CompartmentId, isRogatoryError, limits, type ObjectId } from '@rogatory/kernel';
import { TestingClock, TestingDevice, testingRandom } from '../testing.js';
import { type ActExpectation, type ReceivedAct, verifyAct } from './verify-act.js';

const clock = new TestingClock();
const device = new TestingDevice(3, clock);
const other = new TestingDevice(4, clock);
const place = {
  caseId: 'ca'.repeat(32) as CaseId,
  compartmentId: 'c0'.repeat(32) as CompartmentId,
  objectId: '0b'.repeat(16) as ObjectId,
  version: 3,
  payload: [Uint8Array.of(1, 2, 3), Uint8Array.of(4)],
};
const expectation: ActExpectation = {
  ...place,
  device: { id: device.id, signingKey: device.key.publicKey },
  operation: 'doc.read',
  nowMs: clock.nowMs(),
};

function codeOf(received: ReceivedAct, expected: Partial<ActExpectation> = {}): string {
  try {
    verifyAct(received, { ...expectation, ...expected });
    return 'none';
  } catch (error) {
    if (isRogatoryError(error)) return error.code;
    throw error;
  }
}

describe('verification of a signed act', () => {
  it('gives the statement, its bytes and its reason', () => {
    const received = device.sign('doc.read', place);
    const act = verifyAct(received, expectation);
    expect(act.bytes).toEqual(received.signedAct);
    expect(act.act).toMatchObject({ actId: received.actId, operation: 'doc.read', version: 3 });
    expect(act.why?.why.instrument).toBe('JIT/2026/7');
  });

  it('refuses a statement about anything else', () => {
    const received = device.sign('doc.read', place);
    const others: readonly Partial<ActExpectation>[] = [
      { device: { id: other.id, signingKey: device.key.publicKey } },
      { device: { id: device.id, signingKey: other.key.publicKey } },
      { operation: 'doc.withdraw' },
      { caseId: 'cb'.repeat(32) as CaseId },
      { compartmentId: 'c1'.repeat(32) as CompartmentId },
      { objectId: '0c'.repeat(16) as ObjectId },
      { version: 4 },
      { payload: [Uint8Array.of(1, 2, 3)] },
      { payload: [Uint8Array.of(1, 2), Uint8Array.of(3, 4)] },
      { payload: [] },
    ];
    for (const expected of others) expect([expected, codeOf(received, expected)]).toEqual([expected, 'audit/act']);
    const { caseId: _caseId, ...elsewhere } = expectation;
    expect(() => verifyAct(received, elsewhere)).toThrow('the signed act does not fit the request');
  });

  it('refuses every flipped bit and every cut', () => {
    const received = device.sign('doc.read', place);
    for (let at = 0; at < received.signedAct.length; at++) {
      const signedAct = received.signedAct.slice();
      signedAct[at] = (signedAct[at] as number) ^ 1;
      expect([at, codeOf({ ...received, signedAct })]).not.toEqual([at, 'none']);
      expect([at, codeOf({ ...received, signedAct: received.signedAct.slice(0, at) })]).not.toEqual([at, 'none']);
    }
  });

  it('demands the reason where the operation does, and no other one', () => {
    const received = device.sign('doc.read', place);
    const why = received.why;
    if (why === undefined) throw new Error('no reason');
    const { why: _why, ...silent } = received;
    expect(codeOf(silent)).toBe('audit/reason-missing');
    expect(codeOf({ ...received, why: { ...why, opening: testingRandom(9)(32) } })).toBe('audit/act');
    expect(codeOf({ ...received, why: { ...why, opening: new Uint8Array(31) } })).toBe('audit/act');
    expect(codeOf({ ...received, why: { ...why, bytes: Uint8Array.of(...why.bytes.slice(0, -1), 9) } })).toBe(
      'audit/act',
    );
    const post = device.sign('msg.send', place);
    expect(codeOf(post, { operation: 'msg.send' })).toBe('none');
    expect(codeOf({ ...post, why }, { operation: 'msg.send' })).toBe('audit/act');
  });

  it('tolerates a wrong clock for a day and no longer', () => {
    const received = device.sign('doc.read', place);
    for (const sign of [1, -1]) {
      expect(codeOf(received, { nowMs: clock.nowMs() + sign * limits.maxActSkewMs })).toBe('none');
      expect(codeOf(received, { nowMs: clock.nowMs() + sign * (limits.maxActSkewMs + 1) })).toBe('audit/act-time');
    }
  });
});
