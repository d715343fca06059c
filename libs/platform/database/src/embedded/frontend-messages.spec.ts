import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodeError, encodeQuery, encodeReady, encodeWelcome, finalState } from './backend-messages.js';
import { type FrontendBatch, FrontendMessages } from './frontend-messages.js';

const numRuns = process.env.ROGATORY_LONG === '1' ? 5_000 : 200;

function message(type: string, body: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const STARTUP = Buffer.from([0, 0, 0, 8, 0, 3, 0, 0]);
const anyMessage = fc.tuple(fc.constantFrom('P', 'B', 'E', 'D', 'C', 'S', 'Q', 'H'), fc.uint8Array({ maxLength: 40 }));

function batchesOf(bytes: Uint8Array, cuts: readonly number[]): FrontendBatch[] {
  const messages = new FrontendMessages();
  const batches: FrontendBatch[] = [];
  let at = 0;
  for (const cut of [...cuts, bytes.length].sort((a, b) => a - b)) {
    batches.push(...messages.push(bytes.subarray(at, cut)));
    at = cut;
  }
  return batches;
}

describe('messages of a client', () => {
  it('are cut after each message that the engine answers, however the bytes come', () => {
    fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 20 }), fc.array(fc.nat(600), { maxLength: 10 }), (parts, cuts) => {
        const encoded = parts.map(([type, body]) => message(type, body));
        const bytes = Buffer.concat([STARTUP, ...encoded]);
        const expected: FrontendBatch[] = [{ kind: 'startup' }];
        let pending: Buffer[] = [];
        for (const [index, [type]] of parts.entries()) {
          pending.push(encoded[index] as Buffer);
          if (!'QSH'.includes(type)) continue;
          expected.push({ kind: 'work', bytes: Buffer.concat(pending) });
          pending = [];
        }
        const inside = cuts.filter((cut) => cut <= bytes.length);
        expect(batchesOf(bytes, inside)).toEqual(expected);
        const byteByByte = Array.from({ length: bytes.length }, (_, at) => at);
        expect(batchesOf(bytes, byteByByte)).toEqual(expected);
      }),
      { seed: 20_261_123, numRuns },
    );
  });

  it('end with Terminate', () => {
    expect(batchesOf(Buffer.concat([STARTUP, message('X', new Uint8Array(0))]), [])).toEqual([
      { kind: 'startup' },
      { kind: 'terminate' },
    ]);
  });

  it('are refused above the bound before they are kept, and when a length is impossible', () => {
    const small = () => new FrontendMessages(100);
    const announced = Buffer.from([...STARTUP, 'Q'.charCodeAt(0), 0x7f, 0xff, 0xff, 0xff]);
    expect(() => small().push(announced)).toThrow(expect.objectContaining({ code: 'database/message-too-large' }));
    const negative = Buffer.from([...STARTUP, 'Q'.charCodeAt(0), 0xff, 0xff, 0xff, 0xff]);
    expect(() => small().push(negative)).toThrow(expect.objectContaining({ code: 'database/message-too-large' }));
    const unanswered = small();
    unanswered.push(STARTUP);
    const endless = () => {
      for (let count = 0; count < 5; count++) unanswered.push(message('P', new Uint8Array(40)));
    };
    expect(endless).toThrow(expect.objectContaining({ code: 'database/message-too-large', retryable: false }));
  });
});

describe('messages of the engine', () => {
  it('announce the state at their end', () => {
    expect(finalState(encodeWelcome())).toBe('idle');
    for (const state of ['idle', 'open', 'failed'] as const) {
      expect(finalState(Buffer.concat([encodeError('57014', 'limit'), encodeReady(state)]))).toBe(state);
    }
    for (const answer of [
      new Uint8Array(0),
      encodeError('57014', 'limit'),
      encodeQuery('SELECT 1'),
      encodeReady('idle').subarray(1),
    ]) {
      expect(finalState(answer)).toBeUndefined();
    }
  });
});
