import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeDirectoryBundle, encodeDirectoryBundle } from './directory-bundle.js';

const list = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 });

describe('directory bundle', () => {
  it('reads what it wrote, and refuses every truncation and every trailing byte', () => {
    const property = fc.property(list, list, (entries, cards) => {
      const bytes = encodeDirectoryBundle({ entries, cards });
      expect(decodeDirectoryBundle(bytes)).toEqual({ entries, cards });
      for (let end = 0; end < bytes.length; end++)
        expect(() => decodeDirectoryBundle(bytes.subarray(0, end))).toThrow();
      expect(() => decodeDirectoryBundle(Uint8Array.of(...bytes, 0))).toThrow('after the end');
    });
    fc.assert(property, { seed: 5, numRuns: 50 });
  });

  it('refuses counts and entries beyond the bounds before it reads them', () => {
    const huge = Uint8Array.of(...new TextEncoder().encode('RGD1'), 0xff, 0xff, 0xff, 0xff);
    expect(() => decodeDirectoryBundle(huge)).toThrow('list too long');
    const long = encodeDirectoryBundle({ entries: [new Uint8Array(20_000)], cards: [] });
    expect(() => decodeDirectoryBundle(long)).toThrow('longer than the field');
  });
});
