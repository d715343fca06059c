import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromBase64, fromBase64Url, toBase64, toBase64Url, utf8 } from './bytes.js';
import { isRogatoryError } from './errors.js';

const numRuns = process.env['ROGATORY_LONG'] === '1' ? 20_000 : 500;
const seeded = { seed: 20_261_123, numRuns };
const anyBytes = fc.uint8Array({ maxLength: 300 });

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return isRogatoryError(error) ? error.code : 'not ours';
  }
}

describe('base64', () => {
  it('gives the text that Node gives, and the bytes back', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
        expect(toBase64Url(bytes)).toBe(Buffer.from(bytes).toString('base64url'));
        expect(fromBase64(toBase64(bytes))).toEqual(bytes);
        expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes);
      }),
      seeded,
    );
  });

  it('takes exactly the texts that encode what they decode to', () => {
    const alphabet = fc.constantFrom('A', 'Q', 'g', 'w', 'B', 'b', '9', '+', '/', '=', '-', '_', ' ', '\n', '\u0100');
    fc.assert(
      fc.property(fc.string({ unit: alphabet, maxLength: 12 }), (text) => {
        const isCanonical = Buffer.from(text, 'base64').toString('base64') === text;
        expect(codeOf(() => fromBase64(text))).toBe(isCanonical ? undefined : 'codec/base64');
      }),
      { ...seeded, numRuns: 10 * numRuns },
    );
  });

  it.each([
    'A',
    'AA',
    'AAA',
    'AB==',
    'AAB=',
    'A===',
    '====',
    'AA=A',
    '=AAA',
    'AAAA=',
    'AA==AAAA',
    'AA A',
    'AA-_',
    'AAA\n',
  ])('refuses %j', (text) => {
    expect(codeOf(() => fromBase64(text))).toBe('codec/base64');
  });

  it('refuses padding and the other alphabet in base64url', () => {
    for (const text of ['AA==', 'AA+/', 'A', 'AB', 'AAB'])
      expect(codeOf(() => fromBase64Url(text))).toBe('codec/base64');
  });
});

describe('utf8', () => {
  it('gives the bytes that Node gives', () => {
    const unit = fc.constantFrom('a', '/', '\u0000', '\u007f', '\u0080', 'é', '\u20ac', '\u{1f600}', '\ud800');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 80 }), (text) => {
        expect(utf8(text)).toEqual(new TextEncoder().encode(text));
      }),
      seeded,
    );
    expect(utf8('a'.repeat(1_000))).toEqual(new TextEncoder().encode('a'.repeat(1_000)));
  });
});
