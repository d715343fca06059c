import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CodecError, concatBytes, toHex } from '@rogatory/kernel';
import { caseKinds } from './testing/random-case.js';
import { directoryKinds } from './testing/random-directory.js';
import { u8 } from './testing/random-parts.js';
import { statementKinds } from './testing/random-statements.js';

const runs = { seed: 20_261_123, numRuns: process.env['ROGATORY_LONG'] === '1' ? 5_000 : 25 };
const kinds = [...directoryKinds, ...caseKinds, ...statementKinds];

describe('random objects', () => {
  it.each(kinds)('come back as they were: $name', ({ made, decode }) => {
    fc.assert(
      fc.property(made, ({ encoded, value }) => {
        expect(comparable(decode(encoded))).toBe(comparable(value));
      }),
      runs,
    );
  });

  it.each(kinds)('are refused with a byte more, or fewer: $name', ({ made, decode }) => {
    fc.assert(
      fc.property(made, u8, fc.nat(), ({ encoded }, more, at) => {
        expect(() => decode(concatBytes(encoded, Uint8Array.of(more)))).toThrow(CodecError);
        expect(() => decode(encoded.subarray(0, at % encoded.length))).toThrow(CodecError);
      }),
      runs,
    );
  });

  it.each(kinds)('never make a decoder fail in another way: $name', ({ made, decode }) => {
    fc.assert(
      fc.property(made, fc.nat(), u8, ({ encoded }, at, byte) => {
        const changed = encoded.slice();
        changed[at % changed.length] = byte;
        expect(refusalOf(() => decode(changed))).not.toBe('another');
      }),
      runs,
    );
  });
});

function refusalOf(run: () => unknown): string {
  try {
    run();
    return 'none';
  } catch (error) {
    return error instanceof CodecError ? 'codec' : 'another';
  }
}

/** One text per value, whatever the order of fields; far cheaper to compare than long arrays of bytes. */
function comparable(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (part instanceof Uint8Array) return toHex(part);
    const isRecord = typeof part === 'object' && part !== null && !Array.isArray(part);
    return isRecord ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part;
  });
}
